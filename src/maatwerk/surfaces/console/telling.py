"""A decision told in words: what was shown where, why, what else was considered, and from what."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.events.decisions import DecisionMade, SlotDecided, decode
from maatwerk.events.log import DecisionRow
from maatwerk.surfaces.console import words
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.views.catalog.columns import Catalog

_PAGES = {
    "home": "the home page",
    "category": "a category",
    "product": "a product page",
    "cart": "the cart",
    "order": "an order page",
    "search": "search results",
}


class Shown(msgspec.Struct, frozen=True):
    """One product of a slot."""

    sku: str
    name: str
    image: str
    rank: int
    score: float
    source: str
    reason: str
    price_minor: int | None
    stock: int | None


class SlotTold(msgspec.Struct, frozen=True):
    """One placement's answer. ``removed`` is by rule, in words, most first."""

    placement: str
    title: str
    kind: str
    unit: str
    helped: str
    tracking: str
    items: list[Shown]
    links: list[dict[str, Any]]
    content: dict[str, Any]
    removed: list[tuple[str, int]]
    candidates: list[dict[str, Any]]
    propensity: float
    missed_deadline: bool
    reason: str


class Told(msgspec.Struct, frozen=True):
    """One decision."""

    id: str
    time: int
    anonymous_id: str
    user_id: str
    who: str
    personal: bool
    why_not: str
    arm: str
    page: str
    slots: list[SlotTold]
    record: DecisionMade
    request: dict[str, Any]


def tell(access: ConsoleAccess, row: DecisionRow) -> Told:
    """The record of a row, in words."""
    record = decode(row.payload)
    request = msgspec.json.decode(record.request)
    page = (request.get("context") or {}).get("page") or {}
    catalog = access.catalog
    where = _PAGES.get(page.get("type", ""), "a page")
    about = words.product_line(catalog, page.get("sku", ""))[0] or page.get("category", "")
    return Told(
        id=record.id,
        time=record.time,
        anonymous_id=record.anonymous_id,
        user_id=record.user_id,
        who=words.shopper(record.anonymous_id, record.user_id),
        personal=record.personal,
        why_not="" if record.personal else _why_not(record),
        arm=record.arm,
        page=f"{where}: {about}" if about else where,
        slots=[_slot(catalog, slot) for slot in record.slots],
        record=record,
        request=request,
    )


def _why_not(record: DecisionMade) -> str:
    if record.arm == "holdout":
        return "she is in the holdout, which gets the impersonal shop"
    if not record.anonymous_id and not record.user_id:
        return "nobody was named"
    if not record.offset and not record.own_events:
        return "nothing was known of her yet"
    return "nothing may be used or nothing is known of her"


def _slot(catalog: Catalog, slot: SlotDecided) -> SlotTold:
    items = []
    for item in slot.items:
        name, image = words.product_line(catalog, item.sku)
        items.append(
            Shown(item.sku, name or item.sku, image, item.rank, item.score, item.source, item.reason,
                  item.price_minor, item.stock)
        )  # fmt: skip
    return SlotTold(
        placement=slot.placement,
        title=words.unit(slot.placement),
        kind=slot.kind,
        unit=slot.unit,
        helped=words.fallback(slot.fallback),
        tracking=slot.tracking,
        items=items,
        links=list(slot.content.get("links", ())),
        content={name: slot.content.get(name, "") for name in ("block", "variant", "out")},
        removed=_counted(slot.removed),
        candidates=[
            {
                "sku": each.sku,
                "name": words.product_line(catalog, each.sku)[0] or each.sku,
                "source": words.unit(each.source),
                "score": each.score,
                "why": words.removed(each.removed_by) if each.removed_by else words.UNCHOSEN,
            }
            for each in slot.candidates
        ],
        propensity=slot.propensity,
        missed_deadline=slot.missed_deadline,
        reason=slot.reason,
    )


def _counted(removed: dict[str, int]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for rule, number in removed.items():
        counts[words.removed(rule)] = counts.get(words.removed(rule), 0) + number
    return sorted(counts.items(), key=lambda pair: -pair[1])
