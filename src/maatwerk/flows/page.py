"""Decide all slots of one page: the pure middle that `decide` serves with and `replay` reruns.

Slots are decided in their placements' order; what stands in one is not repeated in the next. A slot
that has no time left gets its crowd fallback, flagged: a shop page never breaks because of us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from maatwerk.core.chance import die
from maatwerk.decisions.content.choose import Chosen, choose, first_for
from maatwerk.decisions.content.interrupt import Interruptions, Where, interrupt
from maatwerk.decisions.content.navigate import Link, navigate
from maatwerk.decisions.content.region import likely_country
from maatwerk.decisions.content.shelf import Shelf
from maatwerk.decisions.content.words import Exposure, Reader
from maatwerk.decisions.offers.book import NO_OFFERS, OfferBook
from maatwerk.decisions.pipeline.fill import NOTHING, Steering, fill
from maatwerk.decisions.pipeline.merchandise import Occasion, applying
from maatwerk.decisions.pipeline.words import Known, Page, Situation, Slot
from maatwerk.decisions.recommend.crowd import metrics_of
from maatwerk.decisions.recommend.desk import Desk
from maatwerk.decisions.recommend.questions import asked_wire
from maatwerk.decisions.recommend.recommender import Tools
from maatwerk.decisions.recommend.words import Placement
from maatwerk.flows.predict import segments_of
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.profile.familiarity import reaches
from maatwerk.views.profile.folds.promotions import PromotionState, met_in

CROWD = ("most-viewed", "bestsellers", "newest")
"""Units that answer without a person, for slots out of time."""


class Question(msgspec.Struct, frozen=True):
    """What a page asks, with all it may be answered from."""

    now: int
    seed: str
    placements: tuple[str, ...]
    page: Page
    known: Known
    catalog: Catalog
    desk: Desk
    tools: Tools
    locale: str = ""
    country: str = ""
    device: str = ""
    navigation: tuple[str, ...] = ()
    cart_minor: int = -1
    audiences: frozenset[str] = frozenset()
    """Those she belongs to, of the ones that placements, units and content are aimed at."""
    shelf: Shelf = Shelf()
    offers: OfferBook = NO_OFFERS
    """Catalog offers change the prices that are shown."""
    unit: str = ""
    """What chance is keyed by for her: her device where there is one; nobody's is empty."""
    met: PromotionState = PromotionState()
    timezone: str = ""
    cart_value: float = 0.0
    """What her cart is worth, in units of its currency."""
    name: dict[str, str] = {}
    """What a greeting is made of."""
    variants: Mapping[str, str] = {}
    """Her variants, of the experiments that make a difference in these placements."""


class Decided(msgspec.Struct, frozen=True):
    """One slot's answer before it is written for the wire or the record."""

    placement: str
    kind: str
    title: str = ""
    slot: Slot | None = None
    links: tuple[Link, ...] = ()
    missed_deadline: bool = False
    content: Chosen | None = None
    popups: Interruptions | None = None
    rule: str = ""
    """The navigation rule that ordered it."""
    exposure: Exposure | None = None
    asked: dict[str, Any] = {}
    """Of the kind ``questions``: the set as the page asks it."""
    reason: str = ""
    """Why there is nothing, where the kind is ``none``."""


def decide_page(question: Question, out_of_time: Callable[[str], bool]) -> tuple[list[Decided], list[str]]:
    """The slots, and the names of placements that do not exist (the rest is answered all the same).

    ``out_of_time(placement)`` says whether a slot must do with its fallback; replay reads it off the record.
    """
    answers: list[Decided] = []
    unknown: list[str] = []
    taken: set[int] = set()
    for key in question.placements:
        placement = question.desk.placements.get(key)
        if placement is None or not placement.active:
            unknown.append(key)
            continue
        situation = _situation(question, frozenset(taken))
        missed = out_of_time(key)
        decided = _decide(key, placement, question, situation, missed)
        answers.append(decided)
        if decided.slot is not None:
            taken.update(pick.row for pick in decided.slot.picks)
    return answers, unknown


def _decide(
    key: str, placement: Placement, question: Question, situation: Situation, missed: bool
) -> Decided:
    if placement.audience and placement.audience not in question.audiences:
        return Decided(key, "none", reason=f"for the audience {placement.audience} alone")
    if placement.arm and not question.desk.board.has(placement.arm, question.variants):
        return Decided(key, "none", reason=f"for the arm {placement.arm} alone")
    if not reaches(question.known.familiarity, placement.familiarity):
        return Decided(key, "none", reason=f"for shoppers who are {placement.familiarity} or longer")
    if placement.kind == "questions":
        asked = question.desk.questions.get(placement.questions)
        if asked is None:
            return Decided(key, "none", reason="its questions are not in force")
        wire = asked_wire(placement.questions, asked, question.known)
        return Decided(key, "questions", placement.title or asked.title, asked=wire)
    if placement.kind == "navigation":
        return _navigation(key, placement, question, situation)
    if placement.kind == "content":
        return _content(key, placement, question)
    if placement.kind == "popup":
        return _popups(key, question)
    language = question.locale.split("-")[0].lower()
    if missed:
        slot = _crowd(question, situation, placement.limit, language)
    else:
        chain = question.desk.chain(placement.unit, question.tools, language)
        if chain:
            chain = [
                source
                for source in chain
                if question.desk.is_for(
                    source.key, question.audiences, question.known.familiarity, question.variants
                )
            ]
        steering = _steering(key, placement, question) if chain else None
        slot = (
            fill(chain, situation, placement.limit, steering)
            if chain
            else Slot(placement.unit, "", (), fallback=_nothing(question, placement.unit))
        )
    return Decided(key, "products", placement.title or slot.title, slot, missed_deadline=missed)


def _navigation(key: str, placement: Placement, question: Question, situation: Situation) -> Decided:
    rules = [
        each for each in question.shelf.navigations if not each.said.placements or key in each.said.placements
    ]
    rule, exposure = first_for(rules, reader_of(question)) if rules else (None, None)
    if rule is None:
        links = navigate(situation, question.navigation)
        return Decided(key, "navigation", placement.title, links=links, exposure=exposure)
    order = rule.said.order or question.navigation
    links = navigate(situation, order, by_interest=rule.said.by == "interest")
    return Decided(key, "navigation", placement.title, links=links, rule=rule.key, exposure=exposure)


class LaidOut(msgspec.Struct, frozen=True):
    """Which layout a page has for her; ``key`` empty: none but the placements' own order."""

    key: str
    placements: tuple[str, ...]
    exposure: Exposure | None = None


def laid_out(question: Question) -> LaidOut | None:
    """The page's layout for her; None where the page has no layouts at all."""
    layouts = question.shelf.layouts.get(question.page.type or "other")
    if not layouts:
        return None
    rule, exposure = first_for(layouts, reader_of(question))
    if rule is None:
        return LaidOut("", tuple(question.desk.on_page(question.page.type or "other")), exposure)
    return LaidOut(rule.key, rule.said.placements, exposure)


def _steering(key: str, placement: Placement, question: Question) -> Steering | None:
    """The merchant's rules that apply to a slot; None where there are none."""
    if not question.desk.merchandising:
        return None
    known = question.known
    shopper = {
        "known": known.personal,
        "orders": known.orders,
        "country": question.country,
        "device": question.device,
        "locale": question.locale,
    }
    occasion = Occasion(
        "recommendations",
        question.now,
        " ".join(question.page.query.casefold().split()),
        question.page.category,
        question.audiences,
        shopper,
        key,
        placement.unit,
    )
    rules = applying(question.desk.merchandising, occasion)
    return Steering(rules, metrics_of(question.tools.models, question.catalog)) if rules else None


def products_for(question: Question, unit: str, limit: int) -> Slot:
    """What one unit would choose for her, where no placement stands: a message's products."""
    language = question.locale.split("-")[0].lower()
    chain = [
        source
        for source in question.desk.chain(unit, question.tools, language) or ()
        if question.desk.is_for(source.key, question.audiences, question.known.familiarity, question.variants)
    ]
    if not chain:
        return Slot(unit, "", (), fallback=_nothing(question, unit))
    return fill(chain, _situation(question, frozenset()), limit)


def _content(key: str, placement: Placement, question: Question) -> Decided:
    blocks = question.shelf.standing(key)
    met = met_in(question.met, key)
    chosen = choose(blocks, reader_of(question), placement.rotation, met, buyable(question.catalog), key)
    return Decided(
        key, "content", placement.title, content=chosen, reason=chosen.reason, exposure=chosen.exposure
    )


def _popups(key: str, question: Question) -> Decided:
    page = question.page
    where = Where(page.type, page.url, question.cart_value)
    found = interrupt(
        question.shelf.standing(key),
        reader_of(question),
        where,
        met_in(question.met, key),
        buyable(question.catalog),
    )
    reason = (
        "" if found.waiting else next((each.why for each in found.out), "there is no pop-up for this page")
    )
    return Decided(key, "popup", popups=found, reason=reason, exposure=found.exposure)


def reader_of(question: Question) -> Reader:
    """Whoever asks, as far as content may go by it."""
    personal = question.known.personal
    return Reader(
        now=question.now,
        seed=question.seed,
        unit=question.unit,
        audiences=question.audiences,
        familiarity=question.known.familiarity,
        personal=personal,
        locale=question.locale,
        country=question.country or likely_country(question.timezone, question.locale)[0],
        device=question.device,
        name=question.name if personal else {},
        arms=frozenset(f"{key}/{variant}" for key, variant in question.variants.items()),
    )


def buyable(catalog: Catalog) -> Callable[[str], bool]:
    """Whether a product can be bought."""

    def can_buy(sku: str) -> bool:
        row = catalog.item(sku)
        return row >= 0 and bool(catalog.shown[row] and catalog.available[row])

    return can_buy


def _nothing(question: Question, unit: str) -> str:
    return "not_in_audience" if unit in question.desk.units else "unit_not_in_force"


def _crowd(question: Question, situation: Situation, limit: int, language: str) -> Slot:
    chain = [source for unit in CROWD for source in question.desk.chain(unit, question.tools, language)[:1]]
    slot = fill(chain, situation, limit) if chain else Slot("", "", (), fallback=NOTHING)
    return msgspec.structs.replace(slot, fallback=f"deadline:{slot.unit}") if slot.picks else slot


def _situation(question: Question, taken: frozenset[int]) -> Situation:
    page = question.page
    return Situation(
        now=question.now,
        seed=question.seed,
        catalog=question.catalog,
        known=question.known,
        page=page,
        page_item=question.catalog.item(page.sku) if page.sku else -1,
        taken=taken,
        country=question.country,
        device=question.device,
        locale=question.locale,
        cart_minor=question.cart_minor,
        segments=segments_of(question.tools.models),
    )


def cart_worth(catalog: Catalog, lines: Iterable[tuple[str, float]]) -> int:
    """What lines of SKU and quantity come to at the prices of now, in minor units; what has none counts 0."""
    rows = [(catalog.row(sku), quantity) for sku, quantity in lines]
    return round(sum(max(int(catalog.price[row]), 0) * quantity for row, quantity in rows if row >= 0))


def sampled(decision_id: str, share: float) -> bool:
    """Whether this decision's full candidate list is kept."""
    return die("explanation-sample", decision_id) < share
