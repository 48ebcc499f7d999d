"""Carts and codes: `/v1/cart/…` and `/v1/codes/…`; decode, call the flow, encode."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.identifiers import known_id
from maatwerk.core.time import MINUTE
from maatwerk.decisions.offers.evaluate import UNKNOWN_CODE
from maatwerk.decisions.offers.parse import plain_code
from maatwerk.flows.claim import CartRedeem, CartRelease, RedeemAsk, redeem, release, settle
from maatwerk.flows.mint import PoolAsk, mint_pool
from maatwerk.flows.price_cart import Offering, price_cart, reserve_cart
from maatwerk.flows.read_cart import CartAsk
from maatwerk.flows.record import Asked
from maatwerk.surfaces.collect.dialect import surroundings
from maatwerk.surfaces.http.request import Request, read_json
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes

_ASK = msgspec.json.Decoder(CartAsk, strict=False)
_POOL = msgspec.json.Decoder(PoolAsk, strict=False)
_REDEEM = msgspec.json.Decoder(RedeemAsk, strict=False)
_CART_REDEEM = msgspec.json.Decoder(CartRedeem, strict=False)
_CART_RELEASE = msgspec.json.Decoder(CartRelease, strict=False)
_KEY_MOST = 255

WRONG_MOST = 10
"""Wrong codes a minute, of one person at one address."""


class Tries:
    """Who typed which wrong codes lately; bounded, and of this process alone."""

    def __init__(self, clock: Callable[[], int], people: int = 10_000) -> None:
        self._clock = clock
        self._people = people
        self._wrong: OrderedDict[str, deque[tuple[int, str]]] = OrderedDict()

    def too_many(self, who: str) -> bool:
        """Whether no more may be tried now."""
        return len(self._of(who)) >= WRONG_MOST

    def add(self, who: str, code: str) -> None:
        """One more wrong code; ``code`` empty: counted even if it is the same again."""
        mine = self._of(who)
        if len(mine) < WRONG_MOST and (not code or all(code != other for _, other in mine)):
            mine.append((self._clock(), code))

    def _of(self, who: str) -> deque[tuple[int, str]]:
        mine = self._wrong.pop(who, None) or deque()
        while mine and mine[0][0] <= self._clock() - MINUTE:
            mine.popleft()
        self._wrong[who] = mine
        if len(self._wrong) > self._people:
            self._wrong.popitem(last=False)
        return mine


class CartSurface:
    """The routes of carts and codes."""

    def __init__(self, offering: Offering) -> None:
        self._offering = offering
        self._tries = Tries(offering.deciding.recording.clock)

    def add_to(self, routes: Routes) -> None:
        """Serve them."""
        routes.add("POST", "/v1/cart/evaluate", self.evaluate, Access.BODY)
        routes.add("POST", "/v1/cart/reserve", self.reserve, Access.SECRET)
        routes.add("POST", "/v1/cart/redeem", self.settle, Access.SECRET)
        routes.add("POST", "/v1/cart/release", self.release, Access.SECRET)
        routes.add("POST", "/v1/codes/pool", self.pool, Access.SECRET)
        routes.add("GET", "/v1/codes/pools", self.pools, Access.SECRET)
        routes.add("POST", "/v1/codes/redeem", self.redeem, Access.SECRET)

    async def evaluate(self, request: Request) -> Response:
        """What a cart costs under the offers in force."""
        ask, asked, signed = await read_cart(request)
        who = _who(request, ask.user_id or ask.anonymous_id)
        if ask.codes and self._tries.too_many(who):
            raise _too_many()
        answer = price_cart(self._offering, ask, asked, signed=signed)
        for code in answer["codes"]:
            if code["reason"] == UNKNOWN_CODE:
                self._tries.add(who, plain_code(code["code"]) or "?")
        return json_response(answer)

    async def reserve(self, request: Request) -> Response:
        """The same, kept for the cart."""
        ask, asked, signed = await read_cart(request)
        return json_response(await asyncio.to_thread(reserve_cart, self._offering, ask, asked, signed=signed))

    async def settle(self, request: Request) -> Response:
        """A cart was bought."""
        ask: CartRedeem = read_json(await request.body(), _CART_REDEEM)
        return json_response(await asyncio.to_thread(settle, self._offering.minting, ask))

    async def release(self, request: Request) -> Response:
        """A cart was not."""
        ask: CartRelease = read_json(await request.body(), _CART_RELEASE)
        return json_response(await asyncio.to_thread(release, self._offering.minting, ask))

    async def pool(self, request: Request) -> Response:
        """Mint codes."""
        ask: PoolAsk = read_json(await request.body(), _POOL)
        self._fresh()
        offering = self._offering
        pool, codes = await asyncio.to_thread(
            mint_pool, offering.minting, ask, offering.book.pools, _key(request)
        )
        return json_response({"pool_id": pool, "codes": codes})

    async def pools(self, request: Request) -> Response:
        """Pools in figures; budgets and sums in minor units."""
        minting = self._offering.minting
        found = await asyncio.to_thread(minting.claims.pools, minting.clock())
        return json_response({"items": [msgspec.to_builtins(each) for each in found], "next": None})

    async def redeem(self, request: Request) -> Response:
        """Use a code, once."""
        ask: RedeemAsk = read_json(await request.body(), _REDEEM)
        who = _who(request, ask.user_id or ask.anonymous_id)
        if self._tries.too_many(who):
            raise _too_many()
        self._fresh()
        offering, key = self._offering, _key(request)
        answer, known = await asyncio.to_thread(redeem, offering.minting, offering.book, ask, key)
        if answer is None:
            if not known:
                self._tries.add(who, "")
            raise Refused("code_not_redeemable", UNKNOWN_CODE, field="code", status=409)
        return json_response(answer)

    def _fresh(self) -> None:
        self._offering.deciding.knowledge.refresh(self._offering.deciding.recording.clock())


async def read_cart(request: Request) -> tuple[CartAsk, Asked, bool]:
    """The cart that a request sends, and who sends it."""
    ask: CartAsk = read_json(await request.body(), _ASK)
    secret = request.authorize(ask.write_key) == "secret"
    if ask.explain and not secret:
        raise Refused(
            "secret_key_needed",
            "explanations need the secret key",
            field="explain",
            hint="ask without `explain`, or from the shop's server",
            status=403,
        )
    ask = msgspec.structs.replace(ask, anonymous_id=known_id(ask.anonymous_id), user_id=known_id(ask.user_id))
    signed = bool(ask.user_signature) and request.keys.signed(ask.user_id, ask.user_signature)
    context: dict[str, Any] = {"store": ask.context.store}
    if ask.context.consent is not None:
        context["consent"] = ask.context.consent
    return ask, Asked(proven=secret, context=context, around=surroundings(request)), signed


def _who(request: Request, person: str) -> str:
    client = request.scope.get("client")
    return f"{client[0] if client else ''} {person}"


def _key(request: Request) -> str:
    key = request.header(b"idempotency-key")
    if len(key) > _KEY_MOST:
        raise Refused("key_too_long", f"at most {_KEY_MOST} letters", field="Idempotency-Key")
    return key


def _too_many() -> Refused:
    return Refused(
        "too_many_wrong_codes",
        f"more than {WRONG_MOST} wrong codes in a minute",
        field="code",
        hint="wait a minute",
        status=429,
    )
