"""What is expected of one shopper, the personas, and what each product is to the shop."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from maatwerk.surfaces.console import words
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.portraits import find
from maatwerk.surfaces.console.rendering import Rendering, money, share
from maatwerk.views.predicted.segments import SEGMENTS
from maatwerk.views.predicted.words import Estimate, Predicted
from maatwerk.views.profile.folds.activity import PURCHASE, VIEW
from maatwerk.views.profile.shopper import Shopper

_PAGE = 60
_LOOKED_AT, _ASKED, _MEMBERS, _THINGS = 6_000, 120, 6, 6
MEANINGS = {
    "bestseller": "Of those that make half of all pieces sold in a year, at twice a product's usual or more.",
    "rising": "Sold more in the last 7 days than the three weeks before let expect, and not by chance.",
    "falling": "Sold less in the last 7 days than the three weeks before let expect, and not by chance.",
    "slow": "In stock for a month or longer, and sold at most a quarter as often as a product usually is.",
    "margin": "Among the quarter of products with the largest margin.",
    "seasonal": "At least 60 % of a year's pieces fell in one quarter of it.",
    "a": "The products that make the first 80 % of the year's revenue.",
    "b": "From there to 95 % of the revenue.",
    "c": "The rest.",
}


class Line(msgspec.Struct, frozen=True):
    """One figure in words: what it is called, its value, its reach, why, and what is still too little."""

    title: str
    value: str
    reach: str
    reasons: tuple[str, ...]
    not_enough: str = ""
    meter: float | None = None
    at: int | None = None
    between: tuple[int, int] | None = None


class Expected(msgspec.Struct, frozen=True):
    """All figures of one shopper, and her persona."""

    lines: list[Line]
    persona: Any
    learnt: str


def expected(access: ConsoleAccess, namespace: str, value: str) -> Expected | None:
    """What is expected of whoever goes by an identifier; None where nobody does."""
    found = find(access, namespace, value)
    if found is None:
        return None
    told = access.deciding.predicting.of(found.shopper, access.now())
    return Expected(_lines(told), told.persona, _learnt(access))


def _lines(told: Predicted) -> list[Line]:
    days = f"{told.propensity_days} days"
    silence = f"no order within {told.threshold_days} days" if told.threshold_days else "no order"
    return [
        _money("Value in the coming year", told.lifetime_value, told.currency),
        _number("Orders in the coming year", told.orders),
        _chance("Still a customer", told.p_alive),
        _when("Next order", told.next_order),
        _chance(f"Buys within {days}", told.propensity),
        _chance(f"At risk: {silence}", told.churn_risk),
        _chance("Buys for the discount", told.discount_affinity),
    ]


def _money(title: str, of: Estimate, currency: str) -> Line:
    reach = "" if of.value is None else f"{money(of.low, currency, unit=False)} to {money(of.high, currency)}"
    return Line(title, money(of.value, currency), reach, of.reasons, of.not_enough)


def _number(title: str, of: Estimate) -> Line:
    if of.value is None or of.low is None or of.high is None:
        return Line(title, "–", "", of.reasons, of.not_enough)
    return Line(title, f"{of.value:.1f}", f"{of.low:.1f} to {of.high:.1f}", of.reasons, of.not_enough)


def _chance(title: str, of: Estimate) -> Line:
    reach = "" if of.value is None else f"{share(of.low, digits=0)} to {share(of.high, digits=0)}"
    small = of.value is not None and of.value < 0.1
    value = share(of.value, digits=1 if small else 0)
    if small:
        reach = f"{share(of.low)} to {share(of.high)}"
    return Line(title, value, reach, of.reasons, of.not_enough, of.value)


def _when(title: str, of: Estimate) -> Line:
    if of.value is None or of.low is None or of.high is None:
        return Line(title, "–", "", of.reasons, of.not_enough)
    between = (round(of.low), round(of.high))
    return Line(title, "", "", of.reasons, of.not_enough, at=round(of.value), between=between)


def _learnt(access: ConsoleAccess) -> str:
    known = access.deciding.predicting.forecast()
    if not known.version:
        return "Nothing is learnt from this shop yet: these are the figures of a shop in general, and wide."
    return (
        f"Learnt from {known.buyers:,} customers, {known.repeats:,} of whom ordered again, over "
        f"{known.history_days:,} days. Four in five are to lie within the interval."
    )


class ForetoldPages:
    """The routes of personas and product segments."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [("/personas", self.personas, "GET"), ("/segments", self.segments, "GET")]

    async def personas(self, request: Request) -> Response:
        """Who shops here, in plain words."""
        found = self._access.deciding.predicting.personas()
        members = await asyncio.to_thread(self._members) if found.groups else {}
        return self._rendering.page(
            request, "personas.html", section="personas", found=found, members=members
        )

    async def segments(self, request: Request) -> Response:
        """What each product is to the shop."""
        found = self._access.deciding.predicting.segments()
        kind = request.query_params.get("segment", SEGMENTS[0])
        kind = kind if kind in SEGMENTS else SEGMENTS[0]
        counts = {name: len(found.listed(name)) for name in SEGMENTS}
        things = [self._thing(sku, found.of(sku)) for sku in found.listed(kind)[:_PAGE]]
        return self._rendering.page(
            request, "segments.html", section="segments", found=found, kind=kind, counts=counts,
            things=things, meanings=MEANINGS, total=counts[kind],
        )  # fmt: skip

    def _thing(self, sku: str, why: dict[str, str]) -> dict[str, Any]:
        name, image = words.product_line(self._access.catalog, sku)
        return {"sku": sku, "name": name or sku, "image": image, "why": why}

    def _members(self) -> dict[str, dict[str, Any]]:
        """By persona: some shoppers who were here last, and what those buy (or, where nothing, look at)."""
        access = self._access
        predicting, now = access.deciding.predicting, access.now()
        found: dict[str, dict[str, Any]] = {}
        for namespace, value in self._recent():
            profile = find(access, namespace, value)
            if profile is None or profile.shopper.granted("personalization") is False:
                continue
            likeness = predicting.likeness(profile.shopper, now)
            if likeness is None:
                continue
            kept = found.setdefault(likeness.key, {"people": [], "bought": Counter(), "viewed": Counter()})
            if len(kept["people"]) < _MEMBERS:
                kept["people"].append((namespace, value, words.shopper(*_ids(namespace, value))))
            self._count(kept, profile.shopper)
        for kept in found.values():
            counted = kept["bought"] if len(kept["bought"]) >= _THINGS // 2 else kept["viewed"]
            kept["verb"] = "bought" if counted is kept["bought"] else "looked at"
            kept["things"] = [self._thing(sku, {}) for sku, _ in counted.most_common(_THINGS)]
        return found

    def _count(self, kept: dict[str, Any], shopper: Shopper) -> None:
        catalog = self._access.catalog
        for act in shopper.activity.actions:
            row = catalog.item(act.sku)
            if row >= 0 and act.kind in (PURCHASE, VIEW):
                kept["bought" if act.kind == PURCHASE else "viewed"][catalog.skus[row]] += 1

    def _recent(self) -> list[tuple[str, str]]:
        """Who was here last: the user where one is known, else the device."""
        log = self._access.log
        found: dict[tuple[str, str], None] = {}
        last = log.last_offset()
        for event in reversed(log.read(max(0, last - _LOOKED_AT), _LOOKED_AT)):
            who = ("user_id", event.user_id) if event.user_id else ("anonymous_id", event.anonymous_id)
            if who[1] and event.origin != "internal":
                found[who] = None
                if len(found) >= _ASKED:
                    break
        return list(found)


def _ids(namespace: str, value: str) -> tuple[str, str]:
    return ("", value) if namespace == "user_id" else (value, "")
