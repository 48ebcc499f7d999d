"""Say a past decision again: rerun the pure pipeline on what its record names.

Profile, catalog and rules are refolded from the log up to the record's offsets; models are those it
names. The stored answer is only compared with, never echoed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from maatwerk.decisions.content.choose import Chosen
from maatwerk.decisions.content.shelf import Shelf
from maatwerk.decisions.pipeline.words import Known
from maatwerk.decisions.recommend.models import Models, Sealed
from maatwerk.decisions.recommend.recommender import Tools
from maatwerk.decisions.recommend.taste import known, nobody
from maatwerk.decisions.recommend.varied import Varied
from maatwerk.effects.clean import clean
from maatwerk.events.decisions import DecisionMade, SlotDecided
from maatwerk.events.event import Event
from maatwerk.events.names import CATALOG_NAMES
from maatwerk.flows.belong import belonged
from maatwerk.flows.decide import Ask, Deciding, told_lines
from maatwerk.flows.knowledge import baseline_of
from maatwerk.flows.page import Decided, Question, cart_worth, decide_page, laid_out
from maatwerk.flows.read import content_of
from maatwerk.flows.slots import variant_key
from maatwerk.views.catalog.columns import Catalog, Catalogs
from maatwerk.views.profile.folds import orders as order_fold
from maatwerk.views.profile.load import load
from maatwerk.views.profile.project import ProfileView
from maatwerk.views.profile.shopper import NOBODY, Shopper
from maatwerk.views.profile.signals import Signals
from maatwerk.views.rules.book import RuleBook

_CHUNK = 10_000
_SHOWN_DIFFERENCES = 10

Verdict = Literal["identical", "differs", "cannot"]


class Replayed(msgspec.Struct, frozen=True):
    """What came of it. ``why`` says in words what differs, or what is missing."""

    verdict: Verdict
    why: str
    differences: tuple[str, ...] = ()


class Cannot(Exception):
    """Something the record names is gone."""


def replay(deciding: Deciding, record: DecisionMade, sealed: Callable[[str, str], Sealed]) -> Replayed:
    """Rerun a decision and compare. ``sealed(name, version)`` reads a model, or raises OSError."""
    if any(slot.kind in ("search", "category") for slot in record.slots):
        return Replayed("cannot", "a search is answered from the index as it stands, which keeps no past")
    try:
        question = refold(deciding, record, sealed)
    except Cannot as reason:
        return Replayed("cannot", str(reason))
    missed = {slot.placement for slot in record.slots if slot.missed_deadline}
    answers, _ = decide_page(question, missed.__contains__)
    differences = list(_differences(question, record.slots, answers))
    if differences:
        return Replayed("differs", differences[0], tuple(differences[:_SHOWN_DIFFERENCES]))
    return Replayed("identical", "the same products in the same order, from what was known then")


class Standing(NamedTuple):
    """The shop that a decision is made in: catalogs, rules, models, and its own shares of each store."""

    catalogs: Catalogs
    rules: RuleBook
    models: Models
    shares_of: Callable[[Catalog], Any]
    varied: Varied
    shelf: Shelf


def refold(deciding: Deciding, record: DecisionMade, sealed: Callable[[str, str], Sealed]) -> Question:
    """All a past decision was made from, put together again. Raises `Cannot`."""
    ask = msgspec.json.decode(record.request, type=Ask)
    models = Models({name: _sealed(sealed, name, version) for name, version in record.models.items()})
    catalogs, rules, shares = _shop(deciding, record, ask.context.store, models)
    documents = documents_of(rules)
    then = Standing(
        catalogs, rules, models, lambda catalog: shares, Varied(documents), Shelf(documents, clean)
    )
    question, _ = question_of(deciding, record, then)
    desk = then.varied.desk_of(record.variants)
    return msgspec.structs.replace(question, desk=desk, variants=record.variants)


def documents_of(rules: RuleBook) -> list[tuple[str, str, int, dict[str, Any]]]:
    """Kind, key, version and document of every rule."""
    return [(rule.kind, rule.key, rule.version, rule.document or {}) for rule in rules.all()]


def question_of(deciding: Deciding, record: DecisionMade, shop: Standing) -> tuple[Question, Shopper]:
    """What a recorded decision asked, put to a shop: the shopper as she was known then, and the desk of who
    takes part in no experiment. Raises `Cannot`."""
    ask = msgspec.json.decode(record.request, type=Ask)
    catalog = shop.catalogs.of(ask.context.store)
    shares = shop.shares_of(catalog)
    context, desk, shelf = ask.context, shop.varied.desk, shop.shelf
    lines = [(item.sku, item.quantity) for item in context.cart.items] if context.cart else []
    who: Known
    aimed = desk.audiences | shelf.audiences
    belongs: list[str] = []
    shopper = NOBODY
    if record.personal or asked_in_person(record):
        audiences, seeing, signals = belonged(
            shop.rules, shop.catalogs, shares, "default", deciding.recording.currency
        )
        shopper = load(
            _shards(deciding, record, signals),
            _Nothing(),
            anonymous_id=record.anonymous_id,
            user_id=record.user_id,
            user_proven=record.proven and bool(record.user_id),
            trusted=record.trusted,
            now=record.time,
            signals=signals,
        )
        if aimed:
            told = max(record.time, shopper.context.last_at)  # its own events came a moment after
            belongs = audiences.of(seeing.facts(shopper, told), aimed)
    if shopper.known_events:
        if context.cart is None:
            lines = [(line.sku, line.quantity) for line in shopper.cart.lines]
        who = known(
            [(action.time, action.kind, action.sku) for action in shopper.activity.actions],
            [sku for sku, _ in lines],
            catalog,
            shares,
            record.time,
            orders=order_fold.reckoned(shopper.orders)[0],
            familiarity=shopper.familiarity,
            stated=shopper.preferences,
        )
    else:
        who = nobody(catalog.rows(sku for sku, _ in lines))
    question = Question(
        now=record.time,
        seed=record.seed,
        placements=ask.placements or (),
        page=context.page,
        known=who,
        catalog=catalog,
        desk=desk,
        tools=Tools(shop.models, deciding.predict),
        locale=context.locale,
        country=context.country,
        device=context.device,
        timezone=context.timezone,
        navigation=deciding.navigation,
        cart_minor=cart_worth(catalog, lines),
        audiences=frozenset(belongs),
        shelf=shelf,
        **content_of(
            shelf,
            shopper if record.personal else NOBODY,
            record.anonymous_id or record.user_id,
            catalog,
            told_lines(context),
        ),
    )
    return question, shopper


def asked_in_person(record: DecisionMade) -> bool:
    """Whether she counted though the answer was not personal: she paused her taste, or did nothing yet."""
    named = bool(record.anonymous_id or record.user_id)
    return named and not record.impersonal and record.arm == "treated"


def _sealed(read: Callable[[str, str], Sealed], name: str, version: str) -> Sealed:
    try:
        return read(name, version)
    except (OSError, ValueError):
        raise Cannot(f"the model {name} of version {version} is retired") from None


def _shop(
    deciding: Deciding, record: DecisionMade, store: str, models: Models
) -> tuple[Catalogs, RuleBook, Any]:
    """Catalog and rules as they stood, and the shares as they were last reckoned before."""
    catalogs, rules, shares = Catalogs(), RuleBook(), None
    after = 0
    while events := deciding.recording.log.rules_and_catalog(after, _CHUNK):
        for event in events:
            if event.offset > record.catalog_offset:
                events = []
                break
            if shares is None and record.personal and event.offset > record.baseline_offset:
                catalogs.of(store).refresh_prices(record.time)
                shares = baseline_of(catalogs.of(store), models)
            if event.name in CATALOG_NAMES:
                catalogs.apply(event)
            else:
                rules.apply(event)
            after = event.offset
        if not events:
            break
    for name in catalogs.stores():
        catalogs.of(name).refresh_prices(record.time)
    return catalogs, rules, baseline_of(catalogs.of(store), models) if shares is None else shares


def _shards(deciding: Deciding, record: DecisionMade, signals: Signals) -> _Memory:
    """Her shards as of then: her events up to the record's offset, and its own ones, folded anew."""
    events = _events_of(deciding, record)
    own = set(record.own_events)
    found = {event.id for event in events}
    if own - found:
        raise Cannot("some of her events are gone: erased, or past their retention")
    kept = [event for event in events if event.offset <= record.offset or event.id in own]
    memory = _Memory(record.offset)
    if kept:
        puts, _ = ProfileView(_Nothing(), signals).apply(kept, memory)
        memory.take(puts)
    return memory


def _events_of(deciding: Deciding, record: DecisionMade) -> list[Event]:
    """All events of the devices and users that are linked to the record's, in the order of the log."""
    devices, users = {record.anonymous_id} - {""}, {record.user_id} - {""}
    while True:
        events = deciding.recent.tail(
            anonymous_ids=sorted(devices), user_ids=sorted(users), after=0, limit=_CHUNK
        )
        if len(events) >= _CHUNK:
            raise Cannot(f"she has more than {_CHUNK} events to read again")
        more_devices = {event.anonymous_id for event in events} - devices - {""}
        more_users = {event.user_id for event in events} - users - {""}
        if not more_devices and not more_users:
            return sorted(events, key=lambda event: event.offset)
        devices |= more_devices
        users |= more_users


def _differences(question: Question, then: Sequence[SlotDecided], now: Sequence[Decided]) -> list[str]:
    """What the rerun says otherwise, in words."""
    found = []
    again = {answer.placement: answer for answer in now}
    for slot in then:
        if slot.kind == "layout":
            layout = laid_out(question)
            if (layout.key if layout else "") != slot.content.get("layout"):
                found.append("another layout of the page")
            continue
        answer = again.get(slot.placement)
        if answer is None:
            found.append(f"{slot.placement}: the placement is not in the rules of then")
        elif answer.popups is not None:
            if [each.popup.key for each in answer.popups.waiting] != slot.content.get("popups"):
                found.append(f"{slot.placement}: other pop-ups")
        elif answer.content is not None:
            found += _other_content(slot, answer.content)
        elif answer.slot is None:
            links = [{"category": link.category, "share": round(link.share, 4)} for link in answer.links]
            if links != slot.content.get("links"):
                found.append(f"{slot.placement}: another order of links")
        else:
            was = [(item.sku, item.score) for item in slot.items]
            is_ = [(question.catalog.skus[pick.row], pick.score) for pick in answer.slot.picks]
            if [sku for sku, _ in was] != [sku for sku, _ in is_]:
                found.append(f"{slot.placement}: {_first_difference(was, is_)}")
            elif was != is_:
                found.append(f"{slot.placement}: the same products with other scores")
    return found


def _other_content(slot: SlotDecided, chosen: Chosen) -> list[str]:
    was = (slot.content.get("block", "nothing"), slot.content.get("variant", ""))
    is_ = (chosen.block.key, variant_key(chosen)) if chosen.block else ("nothing", "")
    return [] if was == is_ else [f"{slot.placement}: had {' '.join(was)}, now {' '.join(is_)}".rstrip()]


def _first_difference(was: list[tuple[str, float]], is_: list[tuple[str, float]]) -> str:
    for place in range(max(len(was), len(is_))):
        before = was[place][0] if place < len(was) else "nothing"
        after = is_[place][0] if place < len(is_) else "nothing"
        if before != after:
            return f"place {place + 1} had {before}, now {after}"
    return "no difference"


class _Memory:
    """A snapshot over rows just folded."""

    def __init__(self, offset: int) -> None:
        self._offset = offset
        self._rows: dict[str, dict[str, bytes]] = {}

    def take(self, puts: Mapping[str, Mapping[str, bytes]]) -> None:
        for table, rows in puts.items():
            self._rows.setdefault(table, {}).update(rows)

    def checkpoint(self, view: str) -> int:
        return self._offset

    def get(self, table: str, key: str) -> bytes | None:
        return self._rows.get(table, {}).get(key)

    def get_many(self, table: str, keys: Sequence[str]) -> dict[str, bytes]:
        rows = self._rows.get(table, {})
        return {key: rows[key] for key in keys if key in rows}

    def scan(
        self, table: str, prefix: str = "", after: str = "", limit: int = 1_000
    ) -> list[tuple[str, bytes]]:
        rows = sorted(self._rows.get(table, {}).items())
        return [(key, row) for key, row in rows if key.startswith(prefix) and key > after][:limit]

    def count(self, table: str) -> int:
        return len(self._rows.get(table, {}))


class _Nothing:
    """No events beyond those folded."""

    def tail(
        self,
        *,
        anonymous_ids: Sequence[str] = (),
        user_ids: Sequence[str] = (),
        after: int = 0,
        limit: int = 500,
    ) -> list[Event]:
        return []
