"""The room's words: the recommendation unit and the placement, as the merchant writes them."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from maatwerk.core import conditions, limits
from maatwerk.core.errors import Refused
from maatwerk.decisions.experiments.words import arm_of
from maatwerk.views.profile.familiarity import STAGES

R = TypeVar("R", bound=msgspec.Struct)

KINDS = ("products", "content", "popup", "navigation", "questions")
ROTATIONS = ("one", "series", "shuffle")
"""How a placement of content goes through blocks of one priority: always the first, one after the other, or
in an order of chance in which none comes again before all were seen."""
PAGE_TYPES = ("home", "category", "product", "cart", "order", "search", "other")


class PriceBand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds relative to the price of the page's product: 0.5 and 2.0 keep half to double."""

    least: float = 0.0
    most: float = 0.0
    """0: no upper bound."""


class Pair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Products that match ``of`` show products that match ``show``, at most ``most`` of them (0: all)."""

    show: str
    of: str = ""
    most: int = 0


class Fits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Compatibility: ``of`` is the attribute that lists what a product fits; ``to`` the one whose value it
    lists (a model, a system), beside the SKU."""

    of: str = "fits"
    to: str = "model"


class Unit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What to recommend: a recommender, its filters, its arrangement, and who helps out.

    ``include`` and ``exclude`` are conditions over ``product``, ``page`` and ``shopper``.
    ``fallback`` names units in order; ``minimum_evidence`` is how many shoppers a candidate of a
    learnt list must rest on. ``diversity`` in [0, 1] spreads categories and brands. ``say_counts``
    allows truthful social proof, never below ``counts_from`` shoppers.
    """

    recommender: str
    title: str = ""
    titles: dict[str, str] = {}
    """Titles by language (``nl``), over ``title``."""
    include: str = ""
    exclude: str = ""
    price_band: PriceBand | None = None
    category: str = ""
    """Only this category and those below it; ``page``: the page's own, ``hers``: the one she goes for."""
    fallback: tuple[str, ...] = ()
    minimum_evidence: int = 2
    diversity: float = 0.0
    say_counts: bool = False
    counts_from: int = 10
    show_bought: bool = False
    audience: str = ""
    """Only for who belongs to it; for others its fallbacks answer."""
    familiarity: str = ""
    """The least stage of familiarity it needs; before it, its fallbacks answer."""
    personal: bool = True
    """Whether the shopper's affinity may reorder it."""
    list: str = ""
    """For ``own-list``: the name of the imported list."""
    arm: str = ""
    """``EXPERIMENT/VARIANT``: only for who has this variant; for others its fallbacks answer."""
    completes: dict[str, tuple[str, ...]] = {}
    """For ``complete-the-look``: which categories complete which, best first, where the shop declares it."""
    pairs: tuple[Pair, ...] = ()
    """For ``matching``: what shows what."""
    rotate: bool = False
    """For ``matching``: another order every day."""
    threshold: float = 0.0
    """For ``free-shipping-gap``: from how much on shipping is free, in the catalog's currency."""
    same: tuple[str, ...] = ()
    """Only what has the anchor's value of each of these: ``brand``, ``category``, an attribute."""
    higher_margin: bool = False
    """Only what earns a higher share of its price than the anchor."""
    in_her_size: bool = False
    """Only what can be had in a size she said she wears, where it has sizes."""
    fits: Fits | None = None
    """Only what is compatible with the anchor."""
    brand: str = ""
    """Only this brand; ``page`` means that of the page's product, ``hers`` the one she goes for most."""


class Placement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A slot on a page, and the unit that fills it. Lower ``order`` is decided first and wins duplicates."""

    page: str
    unit: str = ""
    kind: str = "products"
    limit: int = 8
    order: int = 100
    title: str = ""
    active: bool = True
    audience: str = ""
    """Only for who belongs to it; nobody else sees the slot filled."""
    familiarity: str = ""
    """The least stage of familiarity it needs; before it the slot is not filled."""
    arm: str = ""
    """``EXPERIMENT/VARIANT``: only for who has this variant; nobody else sees the slot filled."""
    questions: str = ""
    """For the kind ``questions``: the set of questions that is asked here."""
    rotation: str = "one"
    """For the kind ``content``: whose turn it is among blocks of one priority."""


def parse_unit(key: str, document: dict[str, Any]) -> Unit:
    """The unit of a document; `Refused` names what is wrong in it."""
    unit = _convert(key, document, Unit)
    if not 0.0 <= unit.diversity <= 1.0:
        raise Refused(
            "rule_not_valid", f"diversity is {unit.diversity}", field=f"unit.{key}.diversity", hint="0 to 1"
        )
    check_stage(unit.familiarity, f"unit.{key}.familiarity")
    if unit.arm:
        arm_of(unit.arm, f"unit.{key}.arm")
    for place, pair in enumerate(unit.pairs):
        for name, text in (("of", pair.of), ("show", pair.show)):
            if text or name == "show":
                _readable(text, f"unit.{key}.pairs.{place}.{name}")
    if unit.recommender == "matching" and not unit.pairs and not unit.list:
        raise Refused(
            "rule_not_valid", "nothing is shown for anything", field=f"unit.{key}.pairs", hint="name a pair"
        )
    if unit.threshold < 0 or (unit.recommender == "free-shipping-gap" and not unit.threshold):
        raise Refused(
            "rule_not_valid",
            "the threshold of free shipping is missing",
            field=f"unit.{key}.threshold",
            hint="an amount in the catalog's currency",
        )
    if key in unit.fallback:
        raise Refused("rule_not_valid", "a unit cannot be its own fallback", field=f"unit.{key}.fallback")
    return unit


def parse_placement(key: str, document: dict[str, Any]) -> Placement:
    """The placement of a document; `Refused` names what is wrong in it."""
    placement = _convert(key, document, Placement)
    _one_of(placement.page, PAGE_TYPES, f"placement.{key}.page")
    check_stage(placement.familiarity, f"placement.{key}.familiarity")
    _one_of(placement.kind, KINDS, f"placement.{key}.kind")
    _one_of(placement.rotation, ROTATIONS, f"placement.{key}.rotation")
    if placement.arm:
        arm_of(placement.arm, f"placement.{key}.arm")
    if not 1 <= placement.limit <= limits.ITEMS_PER_PLACEMENT:
        raise Refused(
            "rule_not_valid",
            f"limit is {placement.limit}",
            field=f"placement.{key}.limit",
            hint=f"1 to {limits.ITEMS_PER_PLACEMENT}",
        )
    return placement


def _one_of(said: str, allowed: tuple[str, ...], field: str) -> None:
    if said not in allowed:
        what = field.rpartition(".")[2]
        raise Refused(
            "rule_not_valid", f"{said!r} is no {what}", field=field, hint=f"one of {', '.join(allowed)}"
        )


def check_stage(stage: str, field: str) -> None:
    """Raises `Refused` where a stage of familiarity is none."""
    if stage and stage not in STAGES:
        raise Refused(
            "rule_not_valid",
            f"{stage!r} is no stage of familiarity",
            field=field,
            hint=f"one of {', '.join(STAGES)}",
        )


def _readable(text: str, field: str) -> None:
    try:
        conditions.parse(text)
    except Refused as refused:
        raise Refused(refused.code, refused.detail, field=field, hint=refused.hint) from None


def _convert(key: str, document: dict[str, Any], kind: type[R]) -> R:
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise Refused("rule_not_valid", str(error), field=f"{kind.__name__.lower()}.{key}") from None
