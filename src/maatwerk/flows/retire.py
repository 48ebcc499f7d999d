"""Retire: what is past its period leaves the log, the sealed history and the profiles, and is counted.

Some rows at a time, oldest first, by when they were received; where it stopped is kept, so that the next
turn goes on from there. Whose events went is looked up once more: who has none left goes from the profiles
too, who has grows younger (`maatwerk.views.profile.retire`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import msgspec

from maatwerk.core.time import DAY
from maatwerk.effects.outbox import Leases
from maatwerk.events.consent import PROOFS
from maatwerk.events.event import Event
from maatwerk.events.forgetting import Gone
from maatwerk.events.log import Log, Recent
from maatwerk.views.audience.rows import TOUCHED
from maatwerk.views.insight.lake import Lake
from maatwerk.views.profile.namespaces import Policy, told
from maatwerk.views.profile.retire import Old, retired
from maatwerk.views.profile.signals import Signals
from maatwerk.views.projector import Projector

EVENTS, PROOF, DECISIONS, REJECTED, SEALED = (
    "retired_events", "retired_proofs", "retired_decisions", "retired_rejected", "retired_sealed",
)  # fmt: skip
"""Counters of the log: how much went for its age, by class."""

_KIND, _EVENTS_AT, _PROOFS_AT = "retention", "events", "proofs"
_ACTS, _ANSWERS = "acts", "answers"
_LOOKED_AT, _LOOKED_AT_MOST = 4, 500
CHUNKS = 20
"""Chunks of 500 rows a turn: some tenths of a second."""


class Periods(msgspec.Struct, frozen=True):
    """How long each class is kept, in days."""

    events: int
    proofs: int
    decisions: int
    rejected: int

    def told(self) -> dict[str, int]:
        """By what people call them."""
        return {
            "events, sealed history, profiles": self.events,
            "answers on consent and objections": self.proofs,
            "decisions": self.decisions,
            "rejected messages": self.rejected,
        }


@dataclass(frozen=True)
class Retiring:
    """What it needs. ``expire_decisions`` and ``expire_rejected`` delete what is older than a time (ms).

    ``clear`` removes from the files what deleted rows leave behind.
    """

    log: Log
    recent: Recent
    lake: Lake
    records: Leases
    projector: Projector
    periods: Periods
    expire_decisions: Callable[[int], int]
    expire_rejected: Callable[[int], int]
    clear: Callable[[], None] = lambda: None
    let_go: Callable[[Iterable[str], int], None] = lambda whose, now: None
    """Takes who is gone out of the audiences; see `maatwerk.flows.judge.Judging.let_go`."""
    signals: Signals = field(default_factory=Signals)


def retire(parts: Retiring, now: int) -> bool:
    """One turn; whether everything that is past its period is gone. Raises `Unavailable`."""
    periods = parts.periods
    _count(parts, DECISIONS, parts.expire_decisions(now - periods.decisions * DAY))
    _count(parts, REJECTED, parts.expire_rejected(now - periods.rejected * DAY))
    before = now - periods.events * DAY
    gone, whole = _events(parts, _EVENTS_AT, before, kept=PROOFS, only=frozenset())
    _count(parts, EVENTS, len(gone))
    proofs, all_proofs = _events(
        parts, _PROOFS_AT, min(before, now - periods.proofs * DAY), kept=frozenset(), only=PROOFS
    )
    _count(parts, PROOF, len(proofs))
    if gone or proofs:
        _profiles(parts, [*gone, *proofs], before, now)
    sealed = parts.lake.retire(_cursor(parts, _EVENTS_AT))
    _count(parts, SEALED, sealed)
    if gone or proofs or sealed:
        parts.clear()
    return whole and all_proofs


def _events(
    parts: Retiring, cursor: str, before: int, *, kept: frozenset[str], only: frozenset[str]
) -> tuple[list[Event], bool]:
    after = _cursor(parts, cursor)
    gone: list[Event] = []
    for _ in range(CHUNKS):
        found = parts.log.retire(after, before, kept=kept, only=only)
        gone += found.gone
        if found.reached > after:
            after = found.reached
            parts.records.put(_KIND, cursor, str(after).encode())
        if found.whole:
            return gone, True
    return gone, False


def _profiles(parts: Retiring, gone: list[Event], before: int, now: int) -> None:
    devices = frozenset(event.anonymous_id for event in gone if event.anonymous_id)
    users = frozenset(event.user_id for event in gone if event.user_id)
    left = {f"anonymous_id/{each}": _left(parts.recent, device=each) for each in devices}
    left |= {f"user_id/{each}": _left(parts.recent, user=each) for each in users}
    old = Old(
        before=before,
        devices=devices,
        users=users,
        addresses=frozenset(address for event in gone for address in told(event, Policy())),
        alive=frozenset(who for who, what in left.items() if what == _ACTS),
        answered=frozenset(who for who, what in left.items() if what == _ANSWERS),
    )
    parts.projector.amend("profile", lambda read: retired(old, read, parts.signals))
    left_alone = old.names() - old.alive
    short = {"user_id": "u", "anonymous_id": "a"}
    named = map(_parted, sorted(left_alone))
    parts.let_go([f"{short[kind]}/{value}" for kind, _, value in named], now)
    gone_devices = tuple(sorted(d for d in devices if f"anonymous_id/{d}" in left_alone))
    gone_users = tuple(sorted(u for u in users if f"user_id/{u}" in left_alone))
    if gone_devices or gone_users:
        parts.projector.let_go(Gone(now, user_ids=gone_users, anonymous_ids=gone_devices), but="profile")
    marks = [f"{short[kind]}/{value}" for kind, _, value in map(_parted, sorted(old.alive))]
    # Who grew younger is judged anew.
    parts.projector.amend("audience", lambda read: ({TOUCHED: dict.fromkeys(marks, b"")}, {}))


def _parted(who: str) -> tuple[str, str, str]:
    return who.partition("/")


def _left(recent: Recent, device: str = "", user: str = "") -> str:
    """What the log still has of somebody: acts, answers alone, or nothing."""
    for limit in (_LOOKED_AT, _LOOKED_AT_MOST):  # most have done something lately
        events = recent.tail(anonymous_ids=[device], user_ids=[user], limit=limit)
        # what we ourselves noted about her is no act of hers
        if any(event.name not in PROOFS and event.origin != "internal" for event in events):
            return _ACTS
        if len(events) < limit:
            break
    return _ANSWERS if any(event.name in PROOFS for event in events) else ""


def _cursor(parts: Retiring, name: str) -> int:
    stored = parts.records.get(_KIND, name)
    return int(stored) if stored else 0


def _count(parts: Retiring, name: str, by: int) -> None:
    if by:
        parts.log.count(name, by)
