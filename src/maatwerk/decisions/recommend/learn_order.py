"""The shop's own steps and baskets, split in time, for the models of what comes next.

Held out is the newest fifth of the steps: the older half of it teaches the blend, the newer judges it. A
blend that does not beat its parts is left out: the model is sealed without arrays, and says who won.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maatwerk.decisions.recommend import basket, sequence
from maatwerk.decisions.recommend.models import Sealed
from maatwerk.decisions.recommend.verdict import Verdict
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.insight.lake import ADD, CLICK, PURCHASE, VIEW, Interactions

FOR_YOU, NEXT_BASKET = "for-you", "next-basket"
STEPS_MOST = 1_000_000
STEPS_EACH = 100
"""Newest steps of one person."""
TEACH_FROM, CHECK_FROM = 0.8, 0.9
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Mask = NDArray[np.bool_]


def learn_for_you(log: Interactions, catalog: Catalog, alike: Sealed, version: str) -> Sealed | None:
    """The sequence model of the shop; None where nobody took a step."""
    skus, steps = steps_of(log, catalog, alike)
    if not len(steps.item) or steps.time is None:
        return None
    teach, check = np.quantile(steps.time, (TEACH_FROM, CHECK_FROM))
    new = first_of_hers(steps.actor, steps.item, steps.items)
    split = sequence.Split(
        older=steps.time < teach,
        teach=np.flatnonzero(new & (steps.time >= teach) & (steps.time < check)),
        check=np.flatnonzero(new & (steps.time >= check)),
    )
    trained = sequence.train(steps, split)
    arrays = trained.model.arrays() if trained.wins else {}
    return Sealed(FOR_YOU, version, skus, arrays, _facts(log, trained.verdict, len(steps.item)))


def learn_next_basket(log: Interactions, catalog: Catalog, version: str) -> Sealed | None:
    """The basket model of the shop; None where nobody bought."""
    skus, baskets, times = baskets_of(log, catalog)
    if not len(baskets.item):
        return None
    teach, check = np.quantile(times, (TEACH_FROM, CHECK_FROM))
    numbers, first = np.unique(baskets.basket, return_index=True)
    at = times[first]
    split = basket.Split(teach=numbers[(at >= teach) & (at < check)], check=numbers[at >= check])
    trained = basket.train(baskets, split)
    arrays = trained.model.arrays() if trained.wins else {}
    return Sealed(NEXT_BASKET, version, skus, arrays, _facts(log, trained.verdict, len(baskets.item)))


def recounted(
    before: Sealed, log: Interactions, catalog: Catalog, alike: Sealed | None, version: str
) -> Sealed:
    """Either model over what the history still holds, with the blend it had; one without arrays has nothing
    of anybody."""
    skus, arrays = before.skus, before.arrays
    if arrays and before.name == FOR_YOU:
        skus, steps = steps_of(log, catalog, alike or Sealed("alike", "", [], {}))
        arrays = sequence.recount(sequence.SequenceModel.from_arrays(arrays), steps).arrays()
    elif arrays:
        skus, baskets, _ = baskets_of(log, catalog)
        arrays = basket.recount(basket.BasketModel.from_arrays(arrays), baskets).arrays()
    return Sealed(before.name, version, skus, arrays, before.facts | {"offset": log.offset, "rows": len(log)})


def steps_of(log: Interactions, catalog: Catalog, alike: Sealed) -> tuple[list[str], sequence.Sequences]:
    """Who went from what to what, over all products of the catalog, and the products' names."""
    skus, item = _items(log, catalog)
    kept = np.flatnonzero((item >= 0) & np.isin(log.kind, (VIEW, CLICK, ADD, PURCHASE)))[-STEPS_MOST:]
    kept = kept[np.lexsort((log.time[kept], log.actor[kept]))]
    actor, items = log.actor[kept].astype(np.int64), item[kept]
    moved = np.ones(len(kept), np.bool_)
    moved[1:] = (actor[1:] != actor[:-1]) | (items[1:] != items[:-1])
    bought = log.kind[kept] == PURCHASE
    moved |= bought
    kept, actor, items, bought = kept[moved], actor[moved], items[moved], bought[moved]
    ends = np.searchsorted(actor, actor, side="right")
    near = ends - np.arange(len(actor)) <= STEPS_EACH
    return skus, sequence.Sequences(
        actor=actor[near],
        item=items[near],
        items=len(skus),
        bought=bought[near],
        time=log.time[kept][near],
        alike=_alike(alike, skus),
    )


def baskets_of(log: Interactions, catalog: Catalog) -> tuple[list[str], basket.Baskets, Longs]:
    """Everybody's baskets, the products' names, and each line's time. A basket is an order, else what was
    bought in one moment."""
    skus, item = _items(log, catalog)
    kept = np.flatnonzero((item >= 0) & (log.kind == PURCHASE))[-STEPS_MOST:]
    kept = kept[np.lexsort((item[kept], log.order[kept], log.time[kept], log.actor[kept]))]
    actor, time = log.actor[kept].astype(np.int64), log.time[kept]
    order, items = log.order[kept], item[kept]
    new = np.ones(len(kept), np.bool_)
    new[1:] = (actor[1:] != actor[:-1]) | (time[1:] != time[:-1]) | (order[1:] != order[:-1])
    number = np.cumsum(new) - 1
    once = np.ones(len(kept), np.bool_)
    once[1:] = new[1:] | (items[1:] != items[:-1])
    found = basket.Baskets(
        person=actor[once], basket=number[once].astype(np.int64), item=items[once], items=len(skus)
    )
    return skus, found, time[once]


def first_of_hers(actor: Longs, item: Ints, items: int) -> Mask:
    """Steps to a product the person had not had, and that are not her first."""
    _, first = np.unique(actor * np.int64(items) + item, return_index=True)
    new = np.zeros(len(actor), np.bool_)
    new[first] = True
    new[np.unique(actor, return_index=True)[1]] = False
    return new


def _items(log: Interactions, catalog: Catalog) -> tuple[list[str], Ints]:
    """The catalog's products (no variants), and each row's place among them; -1 for what it no longer has."""
    rows = np.flatnonzero(catalog.tops())
    place = np.full(catalog.size + 1, -1, np.int32)
    place[rows] = np.arange(len(rows), dtype=np.int32)
    known = catalog.items(log.skus)
    known = np.where(known >= 0, known, catalog.size)
    item = place[known][log.item] if len(log) else np.empty(0, np.int32)
    return [catalog.skus[row] for row in rows.tolist()], item


def _alike(sealed: Sealed, skus: list[str]) -> tuple[Longs, Ints, NDArray[np.float32]] | None:
    """The lists of what is alike, over our places."""
    if "indptr" not in sealed.arrays:
        return None
    place = {sku: number for number, sku in enumerate(skus)}
    ours = np.array([place.get(sku, -1) for sku in sealed.skus], np.int64)
    counts = np.diff(sealed.arrays["indptr"])
    owner = np.repeat(ours, counts)
    other = ours[sealed.arrays["items"]]
    both = (owner >= 0) & (other >= 0)
    order = np.argsort(owner[both], kind="stable")
    start = np.zeros(len(skus) + 1, np.int64)
    np.cumsum(np.bincount(owner[both], minlength=len(skus)), out=start[1:])
    items = other[both][order].astype(np.int32)
    return start, items, sealed.arrays["scores"][both][order].astype(np.float32)


def _facts(log: Interactions, verdict: Verdict | None, rows: int) -> dict[str, Any]:
    said = verdict.facts() if verdict else None
    return {"offset": log.offset, "rows": rows, "verdict": said, "in_force": bool(verdict and verdict.wins)}
