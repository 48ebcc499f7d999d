"""A slot's answer written down: for the decision's record, and for the wire of the HTTP contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from maatwerk.core.time import format_time
from maatwerk.decisions.content.choose import Chosen
from maatwerk.decisions.content.draw import drawn
from maatwerk.decisions.content.interrupt import Interruptions, Waiting
from maatwerk.decisions.content.region import likely_country, region
from maatwerk.decisions.content.shelf import ReadyBlock
from maatwerk.decisions.content.words import Exposure
from maatwerk.decisions.offers.prices import price_wire
from maatwerk.decisions.pipeline.fill import NOTHING
from maatwerk.decisions.pipeline.words import Pick, Removed
from maatwerk.events.decisions import Candidate, ShownItem, SlotDecided
from maatwerk.flows.page import Decided, LaidOut, Question, buyable, reader_of
from maatwerk.views.catalog.columns import Catalog

_CANDIDATES_KEPT = 60


def slot_record(question: Question, answer: Decided, tracking: str, *, whole: bool) -> SlotDecided:
    """A slot as the record of the decision keeps it; ``whole``: with all that was not shown."""
    if answer.kind == "none":
        return SlotDecided(answer.placement, "none", tracking=tracking, reason=answer.reason)
    if answer.content is not None:
        return _content_slot(answer, answer.content, tracking, whole=whole)
    if answer.popups is not None:
        return _popup_slot(answer, answer.popups, tracking, whole=whole)
    if answer.slot is None:
        links = [{"category": link.category, "share": round(link.share, 4)} for link in answer.links]
        said = {"links": links} | ({"rule": answer.rule} if answer.rule else {})
        return SlotDecided(
            answer.placement, answer.kind, tracking=tracking, content=said, **_counted(answer.exposure)
        )
    slot, catalog = answer.slot, question.catalog
    removed: dict[str, int] = {}
    for each in slot.removed:
        removed[each.rule] = removed.get(each.rule, 0) + 1
    return SlotDecided(
        placement=answer.placement,
        kind=answer.kind,
        unit=slot.unit,
        fallback=slot.fallback,
        tracking=tracking,
        propensity=slot.propensity,
        items=tuple(
            ShownItem(
                catalog.skus[pick.row],
                rank,
                pick.score,
                pick.source,
                pick.reason,
                int(catalog.price[pick.row]),
                int(catalog.stock[pick.row]),
            )
            for rank, pick in enumerate(slot.picks, 1)
        ),
        candidates=tuple(
            Candidate(catalog.skus[each.row], each.source, round(each.score, 6), each.rule)
            for each in slot.removed[:_CANDIDATES_KEPT]
        )
        if whole
        else (),
        removed=removed,
        missed_deadline=answer.missed_deadline,
    )


def _content_slot(answer: Decided, chosen: Chosen, tracking: str, *, whole: bool) -> SlotDecided:
    said: dict[str, Any] = {}
    if chosen.block is not None:
        said = {"block": chosen.block.key, "variant": variant_key(chosen), "version": chosen.block.version}
    if whole:
        said["out"] = {each.block: each.why for each in chosen.out}
    return SlotDecided(
        answer.placement,
        answer.kind,
        tracking=tracking,
        fallback=None if chosen.block else NOTHING,
        propensity=chosen.propensity,
        content=said,
        reason=answer.reason,
        **_counted(chosen.exposure),
    )


def _popup_slot(answer: Decided, found: Interruptions, tracking: str, *, whole: bool) -> SlotDecided:
    said: dict[str, Any] = {"popups": [each.popup.key for each in found.waiting]}
    if whole:
        said["out"] = {each.block: each.why for each in found.out}
    return SlotDecided(
        answer.placement,
        answer.kind,
        tracking=tracking,
        content=said,
        reason=answer.reason,
        **_counted(found.exposure),
    )


def layout_record(layout: LaidOut) -> SlotDecided:
    """A page's layout as the record keeps it, beside its slots."""
    said = {"layout": layout.key, "placements": list(layout.placements)}
    return SlotDecided("page", "layout", content=said, **_counted(layout.exposure))


def layout_wire(layout: LaidOut) -> dict[str, Any]:
    """The same for the page."""
    return {"key": layout.key or None, "placements": list(layout.placements)}


def region_wire(question: Question, store: str, *, told: bool) -> dict[str, Any] | None:
    """Where she seems to be and which store would suit her better, for the page to say; None where the shop
    declared no stores. ``told``: the shop itself named the country."""
    country, by = question.country, "shop" if told else "edge"
    if not country:
        country, by = likely_country(question.timezone, question.locale)
    stores = question.shelf.stores
    found = region(stores, store, country, by, question.locale)
    if found is None:
        return None
    here, better = stores.get(store), stores.get(found.better)
    return {
        "country": found.country or None,
        "by": found.by or None,
        "store": {"key": store, "name": here.name if here else store},
        "better": {"key": found.better, "name": better.name, "url": better.url} if better else None,
        "language": found.language or None,
    }


def _counted(exposure: Exposure | None) -> dict[str, Any]:
    return {"experiment": exposure.experiment, "variant": exposure.variant} if exposure else {}


def wire_slot(question: Question, answer: Decided, slot: SlotDecided, *, explain: bool) -> Mapping[str, Any]:
    """A slot as the HTTP contract writes it."""
    if answer.kind == "none":
        return {"kind": "none", "reason": answer.reason, "tracking": slot.tracking}
    if answer.kind == "questions":
        return {"kind": "questions", "title": answer.title, "tracking": slot.tracking, **answer.asked}
    if answer.content is not None:
        wire = content_wire(question, answer, explain=explain)
        return wire | {"experiment": _experiment(slot), "tracking": slot.tracking}
    if answer.popups is not None:
        wire = _popups(question, answer, answer.popups, explain=explain)
        return wire | {"experiment": _experiment(slot), "tracking": slot.tracking}
    if answer.slot is None:
        items = [msgspec.to_builtins(link) for link in answer.links]
        wire = {"kind": answer.kind, "title": answer.title, "tracking": slot.tracking, "items": items}
        return wire | ({"rule": answer.rule, "experiment": _experiment(slot)} if answer.rule else {})
    wire = {
        "kind": answer.kind,
        "unit": slot.unit,
        "title": answer.title,
        "fallback": slot.fallback,
        "experiment": _experiment(slot),
        "tracking": slot.tracking,
        "items": [
            _item(question, pick, rank, explain=explain) for rank, pick in enumerate(answer.slot.picks, 1)
        ],
    }
    if explain:
        wire["removed"] = _removed(question.catalog, answer.slot.removed)
    return wire


def _experiment(slot: SlotDecided) -> Mapping[str, str] | None:
    """The experiment she takes part in there, and her variant."""
    return {"key": slot.experiment, "variant": slot.variant} if slot.experiment else None


def _item(question: Question, pick: Pick, rank: int, *, explain: bool) -> dict[str, Any]:
    """One product as the HTTP contract writes it."""
    item: dict[str, Any] = {
        "sku": question.catalog.skus[pick.row],
        "rank": rank,
        "score": pick.score,
        "source": "primary" if pick.source == "primary" else "fallback",
        "reason": pick.reason,
        "product": _product(question, pick.row),
    }
    if explain:
        item["explanation"] = {"unit": pick.source, "terms": pick.terms, "rules": list(pick.rules)}
    return item


def _plain_item(question: Question, row: int) -> dict[str, Any]:
    """A product that nothing ranked."""
    return {"sku": question.catalog.skus[row], "product": _product(question, row)}


def _product(question: Question, row: int) -> dict[str, Any]:
    product = question.catalog.product(row)
    return {
        "name": product.name,
        "brand": product.brand,
        "url": product.url,
        "image": product.images[0] if product.images else "",
        **product.price_wire(question.now),
        **price_wire(question.offers, question.catalog, product.sku, question.now, question.audiences),
    }


def content_wire(question: Question, answer: Decided, *, explain: bool) -> dict[str, Any]:
    """A content slot as the HTTP contract writes it; ``data.products`` are those it promotes, as they cost
    now."""
    chosen = answer.content
    assert chosen is not None
    wire: dict[str, Any] = {"kind": "content", "reason": answer.reason}
    if chosen.block is None:
        wire |= {"items": [], "fallback": NOTHING}
    else:
        said = chosen.block.said
        html, data = drawn(chosen.block, chosen.variant, reader_of(question))
        can_buy = buyable(question.catalog)
        rows = [question.catalog.item(sku) for sku in said.products if can_buy(sku)]
        products = [_plain_item(question, row) for row in rows]
        wire |= {"block": chosen.block.key, "variant": variant_key(chosen), "html": html, "fallback": None}
        wire["data"] = data | ({"products": products} if products else {})
    if explain:
        wire["removed"] = [{"block": each.block, "removed_by": each.why} for each in chosen.out]
    return wire


def variant_key(chosen: Chosen) -> str:
    """The name of the variant shown: its own, else its number, from 1."""
    assert chosen.block is not None
    return _variant(chosen.block, chosen.variant)


def _variant(block: ReadyBlock, number: int) -> str:
    return block.said.variant[number].key or str(number + 1)


def _popups(question: Question, answer: Decided, found: Interruptions, *, explain: bool) -> dict[str, Any]:
    """Pop-ups that may open, each with what opens it; ``now`` is the server's clock, for countdowns."""
    wire: dict[str, Any] = {"kind": "popup" if found.waiting else "none", "reason": answer.reason}
    wire["items"] = [_popup(question, each) for each in found.waiting]
    wire |= {"now": format_time(question.now), "watch": ["cart"] if found.watch_cart else []}
    if explain:
        wire["removed"] = [{"popup": each.block, "removed_by": each.why} for each in found.out]
    return wire


def _popup(question: Question, each: Waiting) -> dict[str, Any]:
    html, data = drawn(each.popup, each.variant, reader_of(question))
    said = each.said
    return {
        "popup": each.popup.key,
        "variant": _variant(each.popup, each.variant),
        "style": said.style,
        "trigger": {"on": each.trigger.on, "seconds": each.trigger.seconds, "percent": each.trigger.percent},
        "state": "ribbon" if each.ribbon else "waiting",
        "ribbon": said.ribbon,
        "phones": said.phones or said.style == "bar",
        "ends": format_time(each.popup.hours.until) if said.countdown else None,
        "html": html,
        "data": data,
        "reason": each.reason,
    }


def _removed(catalog: Catalog, removed: Sequence[Removed]) -> list[dict[str, Any]]:
    """Candidates that are not shown, each with the rule that removed it."""
    return [
        {
            "sku": catalog.skus[each.row],
            "unit": each.source,
            "score": round(each.score, 6),
            "removed_by": each.rule,
        }
        for each in removed
    ]
