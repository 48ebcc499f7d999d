"""What the shop believes of her taste, told to herself: to see, to correct, to pause.

By the same rules as a decision: with the public key only what this device did, and what is proven to be hers.
No name, no address, nothing she told of herself is in the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maatwerk.decisions.pipeline.words import Known
from maatwerk.decisions.recommend.taste import known, nobody
from maatwerk.flows.decide import Ask, Deciding, _granted, _impersonal, _prepare, _shopper
from maatwerk.flows.record import Asked, commit
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.profile.folds.preferences import DISLIKE, GIFT, LIKE, NOT_FOR_ME, Stated

FACETS = ("category", "brand", "color")
BELIEFS, EVIDENCE, RECENT = 5, 3, 12
_SHARE, _LIFT = 0.08, 1.2
"""A belief is told where it is a tenth of her interest or so, and more than everyone's."""


async def taste(deciding: Deciding, ask: Ask, asked: Asked, *, signed: bool) -> dict[str, Any]:
    """Record what she just said (``events``), then tell what is believed now."""
    now = deciding.recording.clock()
    deciding.knowledge.refresh(now)
    prepared = _prepare(deciding, ask, asked)
    consent = _granted(deciding, ask, prepared)
    recorded = (await commit(deciding.recording, prepared, [])).wire()
    forbidden = _impersonal(consent)
    answer: dict[str, Any] = {"recorded": recorded}
    if forbidden:
        return (
            answer
            | {"personal": False, "impersonal": forbidden}
            | _beliefs(deciding, ask, nobody(), Stated())
        )
    shopper = _shopper(deciding, ask, asked, prepared.events, now, signed)
    catalog = deciding.knowledge.catalogs.of(ask.context.store)
    said = shopper.preferences
    who = known(
        [(action.time, action.kind, action.sku) for action in shopper.activity.actions],
        (),
        catalog,
        deciding.knowledge.baseline(catalog).shares,
        now,
        familiarity=shopper.familiarity,
        stated=said,
    )
    return (
        answer
        | {"personal": who.personal, "familiarity": shopper.familiarity}
        | _beliefs(deciding, ask, who, said)
    )


def _beliefs(deciding: Deciding, ask: Ask, who: Known, said: Stated) -> dict[str, Any]:
    catalog = deciding.knowledge.catalogs.of(ask.context.store)
    gifts, refused = said.skus(GIFT), said.skus(NOT_FOR_ME)
    bought = set(who.purchased.tolist())
    recent = list(dict.fromkeys([*who.viewed.tolist(), *bought]))[:RECENT]
    return {
        "paused": said.paused,
        "beliefs": [belief for facet in FACETS for belief in _of_facet(facet, who, catalog)],
        "likes": _pairs(said, LIKE),
        "dislikes": _pairs(said, DISLIKE),
        "not_for_me": [_product(catalog, sku) for sku in refused],
        "gifts": [_product(catalog, sku) for sku in gifts],
        "recent": [_product(catalog, catalog.skus[row]) | {"bought": row in bought} for row in recent],
    }


def _of_facet(facet: str, who: Known, catalog: Catalog) -> list[dict[str, Any]]:
    """What she goes for most in a facet, with the products it follows from, or that she said so."""
    told = {value for name, value in who.liked if name == facet}
    found = []
    weights = who.affinity.weights[facet]
    for number in sorted(weights, key=lambda number: (-weights[number], number)):
        value, share = catalog.codes[facet].values[number], weights[number]
        clear = share >= _SHARE and who.affinity.lifts[facet].get(number, 0.0) >= _LIFT
        if value in told or clear:
            because = [] if value in told else _evidence(facet, number, who, catalog)
            belief: Mapping[str, Any] = {"facet": facet, "value": value, "share": round(share, 3)}
            found.append({**belief, "stated": value in told, "because": because})
    return found[:BELIEFS]


def _evidence(facet: str, number: int, who: Known, catalog: Catalog) -> list[dict[str, Any]]:
    rows = [
        row
        for row in who.viewed.tolist()
        if (
            number in catalog.categories(row) if facet == "category" else catalog.facets[facet][row] == number
        )
    ]
    return [_product(catalog, catalog.skus[row]) for row in rows[:EVIDENCE]]


def _pairs(said: Stated, liking: str) -> list[dict[str, str]]:
    return [{"facet": facet, "value": value} for facet, value in said.liking(liking)]


def _product(catalog: Catalog, sku: str) -> dict[str, Any]:
    product = catalog.find(sku)
    if product is None:
        return {"sku": sku, "name": sku, "url": "", "image": ""}
    return {
        "sku": sku,
        "name": product.name or sku,
        "url": product.url,
        "image": product.images[0] if product.images else "",
    }
