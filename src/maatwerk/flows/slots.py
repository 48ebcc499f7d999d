"""A slot's answer written down: for the decision's record, and for the wire of the HTTP contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from maatwerk.decisions.content.choose import Chosen
from maatwerk.decisions.content.draw import drawn
from maatwerk.decisions.content.words import Exposure
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


def layout_record(layout: LaidOut) -> SlotDecided:
    """A page's layout as the record keeps it, beside its slots."""
    said = {"layout": layout.key, "placements": list(layout.placements)}
    return SlotDecided("page", "layout", content=said, **_counted(layout.exposure))


def layout_wire(layout: LaidOut) -> dict[str, Any]:
    """The same for the page."""
    return {"key": layout.key or None, "placements": list(layout.placements)}


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
    return chosen.block.said.variant[chosen.variant].key or str(chosen.variant + 1)


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
