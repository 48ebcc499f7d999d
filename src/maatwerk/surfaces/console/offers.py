"""Offers: what is given now, a cart to try them on, and the pools of codes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from maatwerk.core.errors import Refused
from maatwerk.core.identifiers import known_id
from maatwerk.core.money import decimal_text
from maatwerk.decisions.offers.parse import Ready
from maatwerk.decisions.offers.say import gives
from maatwerk.effects.claims import PoolFigures
from maatwerk.flows.mint import PoolAsk, mint_pool
from maatwerk.flows.price_cart import Offering, price_cart
from maatwerk.flows.read_cart import CartAsk
from maatwerk.flows.record import Asked
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.roles import Need

_LINES = 30
_SUGGESTED = 3


class OfferPages:
    """The routes of offers and codes."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/offers", self.listed, "GET"),
            ("/offers/try", self.tried, "GET"),
            ("/offers/codes", self.codes, "GET"),
            ("/offers/codes", self.mint, "POST", Need.EDIT),
        ]

    @property
    def _offering(self) -> Offering:
        if self._access.offering is None:
            raise Refused("no_offers_here", "this console was opened without offers", status=404)
        return self._access.offering

    async def listed(self, request: Request) -> Response:
        """Every offer, what it gives, and how much of its limits is used."""
        offering = self._offering
        now = offering.minting.clock()
        offers = sorted(offering.book.offers.values(), key=lambda each: (-each.said.priority, each.key))
        limited = [f"offer:{each.key}" for each in offers if each.limited]
        used = await asyncio.to_thread(offering.minting.claims.used, limited, (), now)
        rows = [
            {
                "it": each,
                "gives": gives(each),
                "state": _state(each, now),
                "limits": _limits(each, used.get(f"offer:{each.key}")),
            }
            for each in offers
        ]
        return self._rendering.page(
            request, "offers.html", section="offers", rows=rows, refused=offering.book.refused,
            policy=offering.book.policy, active=sum(row["state"][0] == "good" for row in rows),
        )  # fmt: skip

    async def tried(self, request: Request) -> Response:
        """A cart of her own making, priced as a shop would have it priced, with every offer's reason."""
        said = request.query_params
        text = said.get("lines", "").strip()[:4_000]
        if not text and "lines" not in said:
            text = "\n".join(f"{sku} 1" for sku in self._some())
        ask, fault, answer = None, None, None
        try:
            ask = self._ask(text, said.get("codes", ""), said.get("who", ""), said.get("country", ""),
                            said.get("shipping", ""))  # fmt: skip
            if ask.cart.items:
                asked = Asked(proven=True, context={})
                answer = await asyncio.to_thread(price_cart, self._offering, ask, asked, signed=False)
        except Refused as refused:
            fault = refused
        return self._rendering.page(
            request, "offer_try.html", 422 if fault else 200, section="offers", lines=text,
            codes=said.get("codes", ""), who=said.get("who", ""), country=said.get("country", ""),
            shipping=said.get("shipping", ""), answer=answer, fault=fault, titles=self._titles(answer),
            offers={key: each.title for key, each in self._offering.book.offers.items()},
        )  # fmt: skip

    async def codes(self, request: Request) -> Response:
        """Pools of codes, in figures."""
        return await self._codes(request)

    async def mint(self, request: Request) -> Response:
        """Mint codes; they are shown this once, as a file."""
        form = await self._rendering.form(request)
        count, budget = form.get("n", ""), form.get("budget", "").strip()
        try:
            if not (count.isascii() and count.isdigit() and len(count) < 6):
                raise Refused("number_not_readable", "say how many codes", field="n", hint="1 to 10000")
            ask = PoolAsk(
                n=int(count), budget=budget or None, pool=form.get("pool", ""), prefix=form.get("prefix", "")
            )
            offering = self._offering
            pool, codes = await asyncio.to_thread(mint_pool, offering.minting, ask, offering.book.pools)
        except Refused as refused:
            return await self._codes(request, refused)
        headers = {"content-disposition": f'attachment; filename="{pool}.csv"'}
        text = "\r\n".join(["code", *codes]) + "\r\n"
        return PlainTextResponse(text, headers=headers, media_type="text/csv")

    async def _codes(self, request: Request, fault: Refused | None = None) -> Response:
        offering = self._offering
        now = offering.minting.clock()
        found = await asyncio.to_thread(offering.minting.claims.pools, now)
        by_pool = {each.pool: each for each in found}
        for key in offering.book.pools:
            by_pool.setdefault(key, PoolFigures(key, 0, 0, 0, 0, None))
        currency = offering.minting.currency
        rows = []
        for pool, each in sorted(by_pool.items()):
            ready = offering.book.pools.get(pool)
            budget = ready.budget if ready else each.budget
            used_by = [offer.title for offer in offering.book.offers.values() if pool in offer.said.pools]
            rows.append(
                {
                    "pool": pool, "title": ready.said.title if ready else "", "it": each, "offers": used_by,
                    "spent": decimal_text(each.spent, currency),
                    "budget": None if budget is None else decimal_text(budget, currency),
                }
            )  # fmt: skip
        return self._rendering.page(
            request, "offer_codes.html", 422 if fault else 200, section="offers", rows=rows, fault=fault,
            pools=sorted(offering.book.pools), currency=currency,
        )  # fmt: skip

    def _ask(self, text: str, codes: str, who: str, country: str, shipping: str) -> CartAsk:
        items: list[dict[str, Any]] = []
        for number, line in enumerate(text.splitlines()[:_LINES], 1):
            words = line.split()
            if not words:
                continue
            if len(words) > 3:
                raise Refused("line_not_readable", f"line {number} has more than three words", field="lines",
                              hint="a SKU, how many, and a price where it is not the catalog's")  # fmt: skip
            item: dict[str, Any] = {"sku": words[0], "quantity": words[1] if len(words) > 1 else 1}
            if len(words) > 2:
                item["price"] = words[2]
            items.append(item)
        who = known_id(who.strip())
        said = {
            "cart": {
                "items": items,
                "shipping": {"cost": shipping.strip() or None, "country": country.strip()},
            },
            "codes": [code for code in codes.replace(",", " ").split() if code],
            "userId": who,
            "anonymousId": who,
            "explain": True,
        }
        return msgspec.convert(said, CartAsk)

    def _some(self) -> list[str]:
        catalog = self._access.catalog
        return [catalog.skus[row] for row in catalog.newest()[:50].tolist() if catalog.available[row]][
            :_SUGGESTED
        ]

    def _titles(self, answer: dict[str, Any] | None) -> dict[str, str]:
        catalog = self._access.catalog
        found = {}
        for item in answer["items"] if answer else ():
            product = catalog.find(item["sku"])
            found[item["sku"]] = product.name if product and product.name else item["sku"]
        return found


def _state(offer: Ready, now: int) -> tuple[str, str]:
    if not offer.said.active:
        return "off", "off"
    if now < offer.since:
        return "fair", "not begun"
    if now >= offer.until:
        return "off", "over"
    return "good", "with a code" if offer.coded else "for all" if not offer.said.audience else "for some"


def _limits(offer: Ready, used: Any) -> list[str]:
    if used is None:
        return []
    said, found = offer.said, []
    if offer.budget:
        spent, whole = decimal_text(used.amount, offer.currency), decimal_text(offer.budget, offer.currency)
        found.append(f"{spent} of {whole} {offer.currency}")
    if said.uses:
        found.append(f"{used.uses} of {said.uses} uses")
    if said.uses_per_customer:
        found.append(f"{said.uses_per_customer} a customer")
    return found
