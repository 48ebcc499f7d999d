"""Judge who belongs to which audience: whoever did something, whoever time alone may have moved, and
everybody once when the audiences change.

What comes of it is an event, ``Audience Entered`` or ``Audience Exited``. That an audience is new
says nothing of anybody: who belonged to it from the start is counted, and told as an event to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from maatwerk.core.conditions import NEVER
from maatwerk.core.ids import derived_id, digest16
from maatwerk.core.time import DAY
from maatwerk.events.audiences import AudienceChanged
from maatwerk.events.event import Event
from maatwerk.events.log import Log, Recent
from maatwerk.events.names import with_body
from maatwerk.flows.belong import Belonging
from maatwerk.flows.knowledge import Knowledge
from maatwerk.flows.refill import WRITER, Refilling
from maatwerk.views.audience import rows
from maatwerk.views.audience.rows import Belongs, Since, Size
from maatwerk.views.profile import words
from maatwerk.views.profile.load import load
from maatwerk.views.profile.present import ownership_now
from maatwerk.views.profile.shopper import Shopper
from maatwerk.views.store import Snapshot, Store

AT_ONCE = 100
"""People judged in one turn: some tens of milliseconds."""

_SWEPT = "\tswept"


@dataclass
class _Outcome:
    """What judging some people comes to."""

    events: list[Event] = field(default_factory=list)
    puts: dict[str, dict[str, bytes]] = field(default_factory=dict)
    deletes: dict[str, list[str]] = field(default_factory=dict)
    sizes: dict[str, list[int]] = field(default_factory=dict)
    """By audience: how many entered and how many left, told as events or not."""

    def put(self, table: str, key: str, value: bytes) -> None:
        self.puts.setdefault(table, {})[key] = value

    def delete(self, table: str, key: str) -> None:
        self.deletes.setdefault(table, []).append(key)

    def count(self, audience: str, place: int) -> None:
        self.sizes.setdefault(audience, [0, 0])[place] += 1


@dataclass
class Judging:
    """What judging needs. To be used by the process that projects, between its turns."""

    log: Log
    store: Store
    recent: Recent
    knowledge: Knowledge
    belonging: Belonging
    refilling: Refilling
    sweeping: Iterator[list[str]] | None = None
    begun: bool = False

    def turn(self, now: int, limit: int = AT_ONCE) -> int:
        """Take in new rules, read history on, and judge at most so many; 0: there was nothing to do."""
        self.knowledge.refresh(now)
        if self.belonging.take_over(self.knowledge.rules) or not self.begun:
            self.begun = True
            self.refilling.know(self.belonging.audiences.clauses)
            self.sweeping = None if self._swept() else self._everybody()
        busy = self.refilling.turn()
        if not self.belonging.audiences.by_key and self.sweeping is None:
            return self._unasked(limit)
        judged = self._touched(now, limit)
        judged += self._due(now, limit)
        if self.sweeping is not None and not busy and judged < limit:
            judged += self._sweep(now)
        return judged + busy

    def let_go(self, whose: Iterable[str], now: int) -> None:
        """Take people out of every audience without a word: they are past their retention, and an event would
        name them anew. ``whose`` as rows name them (``u/…``, ``a/…``)."""
        outcome = _Outcome()
        with self.store.snapshot() as read:
            for who in whose:
                self._taken(read, who, outcome)
                outcome.delete(rows.TOUCHED, who)
        self._write(outcome, now)

    # -- whom

    def _touched(self, now: int, limit: int) -> int:
        with self.store.snapshot() as read:
            marked = [key for key, _ in read.scan(rows.TOUCHED, limit=limit)]
        if not marked:
            return 0
        outcome = self._judged(marked, now)
        outcome.deletes[rows.TOUCHED] = marked
        self._write(outcome, now)
        return len(marked)

    def _due(self, now: int, limit: int) -> int:
        with self.store.snapshot() as read:
            first = read.scan(rows.DUE, limit=limit)
        due = [key for key, _ in first if int(key.partition(rows.SEPARATOR)[0]) <= now]
        if not due:
            return 0
        outcome = self._judged([key.partition(rows.SEPARATOR)[2] for key in due], now)
        outcome.deletes.setdefault(rows.DUE, []).extend(due)
        self._write(outcome, now)
        return len(due)

    def _sweep(self, now: int) -> int:
        assert self.sweeping is not None
        people = next(self.sweeping, None)
        if people is None:
            self.sweeping = None
            self.store.write(WRITER, 0, {rows.FILLED: {_SWEPT: self._signature()}})
            return 0
        self._write(self._judged(people, now), now)
        return len(people)

    def _everybody(self) -> Iterator[list[str]]:
        """Users, and then devices, a few at a time."""
        for table, kind in ((words.DEVICES, "u"), (words.OWNERS, "a")):
            after = ""
            while True:
                with self.store.snapshot() as read:
                    found = [key for key, _ in read.scan(table, after=after, limit=AT_ONCE)]
                if not found:
                    break
                after = found[-1]
                yield [f"{kind}/{key}" for key in found]

    def _unasked(self, limit: int) -> int:
        """With no audience there is nobody to judge."""
        with self.store.snapshot() as read:
            marked = [key for key, _ in read.scan(rows.TOUCHED, limit=20 * limit)]
        if marked:
            self.store.write(WRITER, 0, {}, {rows.TOUCHED: marked})
        return len(marked)

    def _signature(self) -> bytes:
        audiences = self.belonging.audiences.by_key
        return digest16(",".join(f"{key}@{each.version}" for key, each in sorted(audiences.items())))

    def _swept(self) -> bool:
        with self.store.snapshot() as read:
            stored = read.get(rows.FILLED, _SWEPT)
        if stored is None:
            return not self.belonging.audiences.by_key
        return stored == self._signature()

    # -- what comes of it

    def _judged(self, whose: Iterable[str], now: int) -> _Outcome:
        outcome = _Outcome()
        filling = frozenset(self.belonging.filling(self.store))
        with self.store.snapshot() as read:
            people: dict[str, list[str]] = {}
            for who in whose:
                people.setdefault(self._person(read, who), []).append(who)
            for who, names in people.items():
                before = _stored(read, who)
                for other in names:
                    if other != who:
                        before = _joined(before, self._taken(read, other, outcome))
                self._judge(read, who, before or Belongs(), before is None, filling, now, outcome)
        return outcome

    def _person(self, read: Snapshot, who: str) -> str:
        """Who goes by a device now: its owner, else the device."""
        kind, _, value = who.partition("/")
        if kind != "a":
            return who
        after = read.checkpoint(words.VIEW)
        newest = self.recent.tail(anonymous_ids=[value], after=after)
        owner = ownership_now(read, value, newest).runs[-1].owner
        return f"u/{owner}" if owner else who

    def _taken(self, read: Snapshot, who: str, outcome: _Outcome) -> Belongs | None:
        """What a device belonged to before it had an owner goes over to her."""
        taken = _stored(read, who)
        if taken is not None:
            outcome.delete(rows.STATE, who)
            outcome.delete(rows.DUE, rows.due_key(taken.due, who))
            for key in taken.member:
                outcome.delete(rows.MEMBERS, rows.member_key(key, who))
                outcome.count(key, 1)
        return taken

    def _judge(
        self,
        read: Snapshot,
        who: str,
        before: Belongs,
        first: bool,
        filling: frozenset[str],
        now: int,
        outcome: _Outcome,
    ) -> None:
        audiences = self.belonging.audiences
        shopper = self._load(read, who, now, trusted=True)
        facts = self.belonging.facts(shopper, now)
        found = audiences.of(facts) if shopper.known_events else []
        left = {key: number for key, number in before.left.items() if key in audiences.by_key}
        after = Belongs({}, 0, self._judged_to(filling), left, who.startswith("u/"))
        for key in found:
            if key in filling:
                continue
            held = before.member.get(key)
            after.member[key] = held or Since(now, audiences.by_key[key].version, before.left.get(key, 0) + 1)
            if held is None and not self._silent(key, before, first, shopper):
                outcome.events.append(self._event(read, "Audience Entered", key, who, after.member[key], now))
        if not shopper.known_events:  # she is forgotten, and nothing is told of her
            self._kept(who, before, Belongs(), outcome)
            return
        for key, since in before.member.items():
            if key not in after.member and key in audiences.by_key:
                after.left[key] = since.number
                if key not in filling:
                    outcome.events.append(self._event(read, "Audience Exited", key, who, since, now))
        due = audiences.next_change(facts)
        after.due = 0 if due >= NEVER else due
        self._kept(who, before, after, outcome)

    def _judged_to(self, filling: frozenset[str]) -> int:
        """Up to which version of the rules she is judged: not those whose history is still being read."""
        by_key = self.belonging.audiences.by_key
        return min((by_key[key].version - 1 for key in filling), default=self.knowledge.rules.offset)

    def _silent(self, key: str, before: Belongs, first: bool, shopper: Shopper) -> bool:
        """Whether the audience is newer than the last time she was judged: then it is not she who changed."""
        rule = self.knowledge.rules.get("audience", key)
        if rule is None:
            return True
        if first:  # nothing is kept of who belongs to nothing
            return self.sweeping is not None and shopper.context.first_at < rule.time
        return before.rules < rule.version

    def _kept(self, who: str, before: Belongs, after: Belongs, outcome: _Outcome) -> None:
        if before.due and before.due != after.due:
            outcome.delete(rows.DUE, rows.due_key(before.due, who))
        if after.due:
            outcome.put(rows.DUE, rows.due_key(after.due, who), b"")
        for key, since in after.member.items():
            outcome.put(rows.MEMBERS, rows.member_key(key, who), rows.encode(since))
            if key not in before.member:
                outcome.count(key, 0)
        for key in before.member.keys() - after.member.keys():
            outcome.delete(rows.MEMBERS, rows.member_key(key, who))
            outcome.count(key, 1)
        if after.member or after.left or after.due:
            outcome.put(rows.STATE, who, rows.encode(after))
        else:
            outcome.delete(rows.STATE, who)

    def _event(self, read: Snapshot, name: str, key: str, who: str, since: Since, now: int) -> Event:
        kind, _, value = who.partition("/")
        version = self.belonging.audiences.by_key[key].version
        return with_body(
            name,
            AudienceChanged(key, version, name == "Audience Entered" and self._sure(read, key, who, now)),
            id=derived_id(
                "ae", name, key, who, str(since.number), str(since.at) if since.number == 1 else ""
            ),
            time=now,
            received=now,
            kind="audience",
            origin="internal",
            proven=kind == "u",
            **({"user_id": value} if kind == "u" else {"anonymous_id": value}),
        )

    def _sure(self, read: Snapshot, key: str, who: str, now: int) -> bool:
        """Whether it holds by what is surely hers, without what was only claimed."""
        shopper = self._load(read, who, now, trusted=False)
        audience = self.belonging.audiences.by_key[key]
        return bool(shopper.known_events) and audience.matches(self.belonging.facts(shopper, now))

    def _load(self, read: Snapshot, who: str, now: int, *, trusted: bool) -> Shopper:
        kind, _, value = who.partition("/")
        signals = self.belonging.signals
        if kind == "u":
            return load(
                read,
                self.recent,
                user_id=value,
                user_proven=True,
                trusted=trusted,
                now=now,
                signals=signals,
            )
        return load(read, self.recent, anonymous_id=value, trusted=trusted, now=now, signals=signals)

    def _write(self, outcome: _Outcome, now: int) -> None:
        if outcome.events:
            self.log.append_now(outcome.events)
        if outcome.sizes:
            with self.store.snapshot() as read:
                _sizes(read, outcome, now // DAY)
        deletes = {
            table: [key for key in keys if key not in outcome.puts.get(table, {})]
            for table, keys in outcome.deletes.items()
        }
        self.store.write(WRITER, 0, outcome.puts, deletes)


def _stored(read: Snapshot, who: str) -> Belongs | None:
    stored = read.get(rows.STATE, who)
    return rows.decode_belongs(stored) if stored else None


def _joined(one: Belongs | None, other: Belongs | None) -> Belongs | None:
    """Of two who turned out to be one: the earlier membership stands."""
    if one is None or other is None:
        return one or other
    member = dict(one.member)
    for key, since in other.member.items():
        member[key] = min(member[key], since, key=lambda each: each.at) if key in member else since
    left = {key: max(one.left.get(key, 0), other.left.get(key, 0)) for key in one.left.keys() | other.left}
    return Belongs(member, one.due, min(one.rules, other.rules), left, one.customer)


def _sizes(read: Snapshot, outcome: _Outcome, day: int) -> None:
    for key, (entered, exited) in outcome.sizes.items():
        total = size_of(read, key) + entered - exited
        stored = read.get(rows.SIZES, rows.day_key(key, day))
        before = rows.decode_size(stored) if stored else Size()
        today = Size(total, before.entered + entered, before.exited + exited)
        outcome.put(rows.SIZES, rows.day_key(key, day), rows.encode(today))
        outcome.put(rows.SIZES, rows.day_key(key, 0), rows.encode(Size(total)))


def size_of(read: Snapshot, audience: str) -> int:
    """How many belong to an audience."""
    stored = read.get(rows.SIZES, rows.day_key(audience, 0))
    return rows.decode_size(stored).members if stored else 0
