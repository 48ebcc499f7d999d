"""Decide a page: record what just happened, load the shopper, decide every slot, write it down.

What this costs a request is one read of the log's newest catalog and rule events, two or three reads
of the shopper, the pure pipeline, and one append. The append is awaited when the request brought
events; a decision record alone goes through a bounded queue.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from maatwerk.core import limits
from maatwerk.core.errors import Refused, Unavailable
from maatwerk.core.ids import derived_id, new_id
from maatwerk.decisions.content.shelf import Shelf
from maatwerk.decisions.experiments.assign import held_out
from maatwerk.decisions.offers.book import NO_OFFERS, OfferBook
from maatwerk.decisions.pipeline.words import Page
from maatwerk.decisions.recommend.desk import Desk
from maatwerk.decisions.recommend.recommender import Predict, Tools
from maatwerk.decisions.recommend.taste import known, nobody
from maatwerk.decisions.recommend.varied import Varied
from maatwerk.effects.clean import clean
from maatwerk.events import consent as consents
from maatwerk.events.decisions import DecisionMade, encode
from maatwerk.events.event import Event
from maatwerk.events.log import DecisionRow, Overloaded, Recent
from maatwerk.events.names import body
from maatwerk.flows.belong import Belonging, shares_of
from maatwerk.flows.expose import take_part
from maatwerk.flows.knowledge import Knowledge
from maatwerk.flows.page import Decided, Question, cart_worth, decide_page, laid_out, sampled
from maatwerk.flows.predict import Predicting
from maatwerk.flows.read import content_of
from maatwerk.flows.record import Asked, Prepared, Recording, commit, prepare
from maatwerk.flows.slots import layout_record, layout_wire, region_wire, slot_record, wire_slot
from maatwerk.views.audience.facts import Group
from maatwerk.views.catalog.words import DEFAULT_STORE
from maatwerk.views.profile.folds import orders as order_fold
from maatwerk.views.profile.load import load
from maatwerk.views.profile.shopper import NOBODY, Shopper
from maatwerk.views.rules.book import RuleBook
from maatwerk.views.store import Store

_ASKED = ("storage", "personalization", "analytics")
"""The purposes a decision depends on."""
_NO_COUNTRY = ("XX", "T1")
"""What edges say where they cannot tell."""
_COMMIT_SECONDS = 1.0
"""How long a page waits for its events to be durable; what is written later counts once all the same."""


class CartItem(msgspec.Struct, frozen=True):
    """A line of the cart as the shop tells it."""

    sku: str = ""
    quantity: int | float = 1
    price: int | float | str | None = None


class CartTold(msgspec.Struct, frozen=True):
    """The cart as the shop tells it; it wins over what events say."""

    id: str = ""
    items: tuple[CartItem, ...] = ()


class Circumstances(msgspec.Struct, frozen=True):
    """``context`` of a decision."""

    page: Page = Page()
    store: str = "default"
    cart: CartTold | None = None
    locale: str = ""
    currency: str = ""
    country: str = ""
    device: str = ""
    timezone: str = ""
    consent: Any = None


class Ask(msgspec.Struct, frozen=True, rename="camel"):
    """A request for decisions, as the HTTP contract writes it."""

    anonymous_id: str = ""
    user_id: str = ""
    user_signature: str = ""
    session_id: str = ""
    request_id: str = ""
    write_key: str = ""
    context: Circumstances = Circumstances()
    events: tuple[msgspec.Raw, ...] = ()
    placements: tuple[str, ...] | None = None
    explain: bool = False


@dataclass
class Deciding:
    """What deciding needs. ``navigation`` is the shop's own order of its top categories."""

    recording: Recording
    knowledge: Knowledge
    recent: Recent
    store: Store
    predict: Predict
    chance: Callable[[int], bytes]
    deadline_ms: float = 100.0
    holdout_share: float = 0.0
    exempt: Callable[[str], bool] = lambda unit: False
    """Who is never held out, by id: those who are shown the product, not measured."""
    sample_share: float = 0.02
    seed: str = "maatwerk"
    navigation: tuple[str, ...] = ()
    shelf: Shelf = field(default_factory=Shelf)
    offers: OfferBook = NO_OFFERS
    varied: Varied = field(default_factory=lambda: Varied(()))

    def __post_init__(self) -> None:
        self.belonging = Belonging(self.knowledge, self.recording.currency)
        self.aimed: frozenset[str] = frozenset()
        """The audiences that a rule in force is aimed at."""
        self.predicting = Predicting(self.knowledge, self.recording.currency)
        self.knowledge.on_rules.append(self._ready)

    def _ready(self, rules: RuleBook) -> None:
        self.belonging.take_over(rules)
        documents = [(rule.kind, rule.key, rule.version, rule.document or {}) for rule in rules.all()]
        self.varied = Varied(documents)
        self.shelf = Shelf(documents, clean)
        self.offers = OfferBook(documents, self.recording.currency, self.offers)
        self.aimed = self.desk.audiences | self.shelf.audiences | self.offers.price_audiences

    @property
    def desk(self) -> Desk:
        """Units and placements in force, as who takes part in no experiment has them."""
        return self.varied.desk


async def decide(deciding: Deciding, ask: Ask, asked: Asked, *, signed: bool) -> dict[str, Any]:
    """The answer of the HTTP contract. ``asked.proven``: the secret key was used; ``signed``: the
    request's signature of its user is valid. Raises `Refused`, and `Unavailable` where she cannot be read.
    """
    began = time.perf_counter()
    if ask.placements is not None and len(ask.placements) > limits.PLACEMENTS_PER_DECISION:
        most = limits.PLACEMENTS_PER_DECISION
        raise Refused("too_many_placements", f"at most {most} placements a request", field="placements")
    by_shop = bool(ask.context.country)
    ask = _placed(ask, asked)
    now = deciding.recording.clock()
    deciding.knowledge.refresh(now)
    prepared = _prepare(deciding, ask, asked)
    consent = _granted(deciding, ask, prepared)
    shopper = _shopper(deciding, ask, asked, prepared.events, now, signed) if consent["storage"] else NOBODY
    arm = _arm(deciding, ask)
    personal = consent["personalization"] and shopper.known_events > 0 and arm == "treated"
    decision_id = (
        derived_id("d", ask.anonymous_id, ask.user_id, ask.request_id)
        if ask.request_id
        else new_id("d", now, deciding.chance(10))
    )
    # The request's own events were received a moment after it was begun.
    told = max([now, *(event.time for event in prepared.events)])
    question = _question(deciding, ask, shopper, personal, now)
    named, targeted = _audiences(deciding, asked, shopper, told, consent, question)
    if targeted:
        question = msgspec.structs.replace(question, audiences=targeted)
    may = arm == "treated" and all(consent[purpose] for purpose in _ASKED)
    part = take_part(deciding.varied, question, shopper, ask.anonymous_id, ask.user_id, may)
    question, until = part.question, began + deciding.deadline_ms / 1000
    layout = laid_out(question)
    if layout and ask.placements is None:
        question = msgspec.structs.replace(question, placements=layout.placements)
    answers, unknown = decide_page(question, lambda placement: time.perf_counter() > until)
    record = _record(deciding, ask, asked, question, shopper, answers, decision_id, arm, signed)
    if layout:
        record = msgspec.structs.replace(record, slots=(*record.slots, layout_record(layout)))
    record = msgspec.structs.replace(record, impersonal=_impersonal(consent))
    record, own = part.noted(record, ask.context.store)
    recorded = await _write(deciding, prepared, record, own, kept=consent["storage"])
    wire = _wire(ask, question, answers, unknown, recorded, record, named)
    where = region_wire(question, ask.context.store, told=by_shop)
    return wire | ({"layout": layout_wire(layout)} if layout else {}) | ({"region": where} if where else {})


def _placed(ask: Ask, asked: Asked) -> Ask:
    """The request with the country that the network's edge tells, where the shop tells none."""
    edge = asked.around.country.upper()
    if ask.context.country or len(edge) != 2 or not edge.isalpha() or edge in _NO_COUNTRY:
        return ask
    return msgspec.structs.replace(ask, context=msgspec.structs.replace(ask.context, country=edge))


def _audiences(
    deciding: Deciding,
    asked: Asked,
    shopper: Shopper,
    now: int,
    consent: Mapping[str, bool],
    question: Question,
) -> tuple[list[str], frozenset[str]]:
    """The audiences she belongs to that this key may name, and those that rules in force are aimed at."""
    belonging, aimed = deciding.belonging, deciding.aimed
    if not consent["personalization"]:
        return [], frozenset()
    wanted = None if asked.proven else {*belonging.audiences.public, *aimed}
    personal, affinity, catalog = question.known.personal, question.known.affinity, question.catalog
    # What she goes for is reckoned already, where it is of the catalog that audiences go by.
    here = personal and catalog.store == DEFAULT_STORE
    given: Mapping[str, Group] = {"affinity": lambda who, at: shares_of(affinity, catalog)} if here else {}
    found = belonging.of(deciding.store, shopper, now, wanted, given)
    named = found if asked.proven else [key for key in found if key in belonging.audiences.public]
    return named, aimed.intersection(found) if personal else frozenset()


def _prepare(deciding: Deciding, ask: Ask, asked: Asked) -> Prepared:
    """The request's own messages, judged. What they leave out they take from the request: who is
    asking, and, where it has a ``requestId``, message ids that a retry makes again."""
    messages = [_completed(message, ask, number) for number, message in enumerate(ask.events)]
    return prepare(deciding.recording, messages, asked)


def _completed(message: msgspec.Raw, ask: Ask, number: int) -> msgspec.Raw:
    text = bytes(message)
    # Most messages are whole, and need no look inside; a null may stand for an identifier.
    named = b'"anonymousId"' in text and b"null" not in text and not ask.user_signature
    if named and (b'"messageId"' in text or not ask.request_id):
        return message
    try:
        fields = msgspec.json.decode(message)
    except msgspec.DecodeError:
        return message  # it will be judged as it is
    if not isinstance(fields, dict):
        return message
    hers = str(fields.get("userId") or ask.user_id) == ask.user_id
    if not fields.get("anonymousId") and hers:
        fields |= {"anonymousId": ask.anonymous_id or None, "userId": ask.user_id or None}
    if ask.user_signature and hers and fields.get("userId") and not fields.get("userSignature"):
        fields["userSignature"] = ask.user_signature
    if ask.request_id and not fields.get("messageId"):
        fields["messageId"] = derived_id("m", ask.anonymous_id, ask.user_id, ask.request_id, str(number))
    return msgspec.Raw(msgspec.json.encode(fields))


def _granted(deciding: Deciding, ask: Ask, prepared: Prepared) -> dict[str, bool]:
    """What is granted now: what the request states, then the ledger, then the workspace's default. Over it
    all stands an objection, one among the request's own events too."""
    said = consents.stated(ask.context.consent, deciding.recording.terms)
    known = prepared.before.get((ask.anonymous_id, ask.user_id))
    before = known or _standing(deciding.recording.ledger, ask, said)
    default = deciding.recording.consent_default
    for event in prepared.events:
        if event.name in consents.ANSWERS:
            answer = body(event)
            objected = getattr(answer, "objections", {}).get(consents.PROFILING)
            before = before.after(getattr(answer, "purposes", {}), objected)
    granted = {"objected": before.objected}
    for purpose in _ASKED:
        yes = said.get(purpose, before.words.get(purpose))
        granted[purpose] = purpose not in before.refused and (
            default.get(purpose, False) if yes is None else yes
        )
    return granted


def _impersonal(granted: Mapping[str, bool]) -> str:
    """What of hers forbids a personal answer; nothing where it may be personal."""
    if granted["objected"]:
        return "objection"
    return "" if granted["storage"] and granted["personalization"] else "consent"


def _standing(ledger: consents.Ledger | None, ask: Ask, said: Mapping[str, bool]) -> consents.Standing:
    """What she said before, read only where it can matter."""
    if ledger is None or not (ask.anonymous_id or ask.user_id) or ledger.is_empty():
        return consents.Standing()
    if all(purpose in said for purpose in _ASKED) and not ledger.has_refusals():
        return consents.Standing()
    return ledger.standing(ask.anonymous_id, ask.user_id)


def _shopper(
    deciding: Deciding, ask: Ask, asked: Asked, events: Sequence[Event], now: int, signed: bool
) -> Shopper:
    if not ask.anonymous_id and not ask.user_id:
        return NOBODY
    with deciding.store.snapshot() as snapshot:
        return load(
            snapshot,
            deciding.recent,
            anonymous_id=ask.anonymous_id,
            user_id=ask.user_id,
            user_proven=signed,
            trusted=asked.proven,
            now=now,
            extra=events,
            signals=deciding.belonging.signals,
        )


def _arm(deciding: Deciding, ask: Ask) -> str:
    """The unit is the device where there is one: the arm must not change at sign-in."""
    unit = ask.anonymous_id or ask.user_id
    held = held_out(unit, deciding.holdout_share) and not deciding.exempt(unit)
    return "holdout" if held else "treated"


def _question(
    deciding: Deciding,
    ask: Ask,
    shopper: Shopper,
    personal: bool,
    now: int,
) -> Question:
    context = ask.context
    catalog = deciding.knowledge.catalogs.of(context.store)
    if context.cart is not None:
        lines = [(item.sku, item.quantity) for item in context.cart.items]
    else:
        lines = [(line.sku, line.quantity) for line in shopper.cart.lines] if personal else []
    cart = [sku for sku, _ in lines]
    if personal:
        who = known(
            [(action.time, action.kind, action.sku) for action in shopper.activity.actions],
            cart,
            catalog,
            deciding.knowledge.baseline(catalog).shares,
            now,
            orders=order_fold.reckoned(shopper.orders)[0],
            familiarity=shopper.familiarity,
            stated=shopper.preferences,
        )
    else:
        who = nobody(catalog.rows(cart))
    placements = ask.placements
    if placements is None:
        placements = tuple(deciding.desk.on_page(context.page.type or "other"))
    return Question(
        now=now,
        seed=deciding.seed,
        placements=placements,
        page=context.page,
        known=who,
        catalog=catalog,
        desk=deciding.desk,
        tools=Tools(deciding.knowledge.models, deciding.predict),
        locale=context.locale,
        country=context.country,
        device=context.device,
        timezone=context.timezone,
        navigation=deciding.navigation,
        cart_minor=cart_worth(catalog, lines),
        shelf=deciding.shelf,
        **content_of(
            deciding.shelf,
            shopper if personal else NOBODY,
            ask.anonymous_id or ask.user_id,
            catalog,
            told_lines(context),
        ),
        offers=deciding.offers,
    )


def told_lines(context: Circumstances) -> list[tuple[str, float]] | None:
    """The cart's lines as the shop tells them; None where it does not."""
    return None if context.cart is None else [(item.sku, item.quantity) for item in context.cart.items]


def _record(
    deciding: Deciding,
    ask: Ask,
    asked: Asked,
    question: Question,
    shopper: Shopper,
    answers: Sequence[Decided],
    decision_id: str,
    arm: str,
    signed: bool,
) -> DecisionMade:
    whole = ask.explain or sampled(decision_id, deciding.sample_share)
    request = msgspec.structs.replace(
        ask, events=(), user_signature="", write_key="", placements=question.placements
    )
    return DecisionMade(
        id=decision_id,
        time=question.now,
        anonymous_id=ask.anonymous_id,
        user_id=ask.user_id,
        proven=asked.proven or signed,
        trusted=asked.proven,
        personal=question.known.personal,
        request=msgspec.json.encode(request),
        offset=shopper.offset,
        own_events=shopper.own_events,
        catalog_offset=deciding.knowledge.offset,
        rules_offset=deciding.knowledge.offset,
        baseline_offset=deciding.knowledge.baseline(question.catalog).offset
        if question.known.personal
        else 0,
        models=deciding.knowledge.models.versions(),
        arm=arm if deciding.holdout_share else "treated",
        seed=deciding.seed,
        tail_cut=shopper.tail_cut,
        audiences=tuple(sorted(question.audiences)),
        slots=tuple(
            slot_record(question, answer, f"t-{decision_id[2:]}.{number}", whole=whole)
            for number, answer in enumerate(answers)
        ),
    )


async def _write(
    deciding: Deciding, prepared: Prepared, record: DecisionMade, own: Sequence[Event] = (), *, kept: bool
) -> Mapping[str, Any]:
    """What became of the request's events. Without consent to storage nothing of the decision is kept but
    a count. A log that cannot take the events, or not soon, does not cost the shopper her page: they are
    then told as not taken, and the record waits in the bounded queue of those that came alone."""
    log = deciding.recording.log
    decisions: list[DecisionRow] = []
    if kept:
        row = DecisionRow(record.id, record.time, record.anonymous_id, record.user_id, encode(record))
        if prepared.events or prepared.kept or own:
            decisions = [row]
        else:
            log.note(row)
    else:
        log.count("decisions_unrecorded")
    try:
        async with asyncio.timeout(_COMMIT_SECONDS):
            return (await commit(deciding.recording, prepared, decisions, own)).wire()
    except (Unavailable, Overloaded, TimeoutError):
        for row in decisions:
            log.note(row)  # one that was written after all is not written twice
        return _not_taken(prepared)


def _not_taken(prepared: Prepared) -> Mapping[str, Any]:
    """None of the events is acknowledged: whoever sent them keeps them, and sends them again."""
    failed = len(prepared.events) + len(prepared.rejected)
    return {"accepted": 0, "duplicates": 0, "rejected": [], "failed": failed, "retry": True}


def _wire(
    ask: Ask,
    question: Question,
    answers: Sequence[Decided],
    unknown: Sequence[str],
    recorded: Mapping[str, Any],
    record: DecisionMade,
    audiences: list[str],
) -> dict[str, Any]:
    placements = {
        answer.placement: wire_slot(question, answer, slot, explain=ask.explain)
        for answer, slot in zip(answers, record.slots, strict=False)  # a layout comes last
    }
    answer: dict[str, Any] = {
        "decisionId": record.id,
        "personal": record.personal,
        "visitor": {
            "anonymousId": ask.anonymous_id or None,
            "audiences": audiences,
            "familiarity": question.known.familiarity,
        },
        "recorded": recorded,
        "placements": placements,
    }
    if unknown:
        answer["errors"] = {
            name: {"code": "placement_not_known", "detail": f"there is no active placement {name!r}"}
            for name in unknown
        }
    if record.impersonal:
        answer["impersonal"] = record.impersonal
    if record.tail_cut:
        answer["tailCut"] = True
    return answer
