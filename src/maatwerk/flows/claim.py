"""Claim what is scarce: redeem a code, keep what a cart's price rests on, spend it, let it go."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.ids import derived_id
from maatwerk.core.money import decimal_text, parse_minor
from maatwerk.core.time import MINUTE, format_time
from maatwerk.decisions.offers.book import OfferBook
from maatwerk.decisions.offers.cart import Cart, Code, Standing
from maatwerk.decisions.offers.evaluate import UNKNOWN_CODE
from maatwerk.decisions.offers.parse import Ready, plain_code
from maatwerk.effects.claims import Minted, Taken, Used, Want
from maatwerk.effects.codes import digest_of
from maatwerk.flows.mint import Minting

_ID_MOST = 255
_WHY = {
    "uses": "it has been used as often as it may",
    "budget": "its budget is used up",
    "hers": "she has had it as often as she may",
}


class RedeemAsk(msgspec.Struct, frozen=True, rename="camel"):
    """A code that an order uses, and the amount it took off."""

    code: str
    order_id: str = msgspec.field(name="order_id")
    amount: int | float | str = 0
    anonymous_id: str = ""
    user_id: str = ""


class CartRedeem(msgspec.Struct, frozen=True):
    """A cart that was bought."""

    cart_id: str
    order_id: str


class CartRelease(msgspec.Struct, frozen=True):
    """A cart that was not."""

    cart_id: str


def redeem(minting: Minting, book: OfferBook, ask: RedeemAsk, key: str) -> tuple[dict[str, Any] | None, bool]:
    """Use a code. None where it is not known, used, run out or somebody else's, which all look alike; and
    whether it was known at all, which only the count of wrong tries may ask.

    Asked again for the same order, or with the same idempotency ``key``, it answers the same. Raises
    `Refused` for what cannot be read, and for a key that was of another request.
    """
    _identified(ask.order_id, "order_id")
    amount = parse_minor(ask.amount, minting.currency, "amount")
    if amount < 0:
        raise Refused("price_out_of_range", "an amount is below nothing", field="amount")
    now, names = minting.clock(), names_of(ask.anonymous_id, ask.user_id)
    digest = digest_of(minting.secret, ask.code)
    found = minting.claims.code(digest, names)
    if found is None:
        return _shared(minting, book, ask, amount, names, key)
    wants = _of_code(minting, book, found, amount)
    if found.until and now >= found.until:
        # Nobody may use it any more; but what an order redeemed in time stays so, and says so again.
        wants[0] = msgspec.structs.replace(wants[0], uses=0)
    asked = derived_id("k", digest.hex(), ask.order_id, str(amount))
    taken = minting.claims.spend(ask.order_id, wants, names, now, key=key, asked=asked)
    if taken.why == "key":
        raise _reused()
    if taken.refused:
        return None, True
    return {
        "code": ask.code,
        "pool_id": found.pool,
        "order_id": ask.order_id,
        "amount": decimal_text(amount, minting.currency),
    }, True


def _shared(
    minting: Minting, book: OfferBook, ask: RedeemAsk, amount: int, names: Collection[str], key: str
) -> tuple[dict[str, Any] | None, bool]:
    """A code that stands in an offer itself: what limits it is the offer."""
    now = minting.clock()
    offer = next((each for each in book.opened_by(Code(ask.code, plain_code(ask.code)))), None)
    if offer is None or not offer.said.active or not offer.since <= now < offer.until:
        return None, offer is not None
    asked = derived_id("k", offer.key, ask.order_id, str(amount))
    wants = [_of_offer(offer, amount)]
    taken = minting.claims.spend(ask.order_id, wants, names, now, key=key, asked=asked)
    if taken.why == "key":
        raise _reused()
    if taken.refused:
        return None, True
    return {
        "code": ask.code,
        "offer": offer.key,
        "order_id": ask.order_id,
        "amount": decimal_text(amount, minting.currency),
    }, True


def _reused() -> Refused:
    return Refused(
        "idempotency_key_reused",
        "this key was of another request",
        field="Idempotency-Key",
        hint="use a new key for each redemption",
        status=422,
    )


def _of_offer(offer: Ready, amount: int) -> Want:
    said = offer.said
    return Want(
        f"offer:{offer.key}", amount, said.uses or None, offer.budget or None, said.uses_per_customer or None
    )


def codes_of(
    minting: Minting, book: OfferBook, codes: Collection[Code], names: Collection[str], now: int, cart: str
) -> tuple[Code, ...]:
    """Codes as she typed them, with what is known of those that were minted."""
    return tuple(_code(minting, book, code, names, now, cart) for code in codes)


def _code(minting: Minting, book: OfferBook, code: Code, names: Collection[str], now: int, cart: str) -> Code:
    found = minting.claims.code(digest_of(minting.secret, code.text), names)
    if found is None:
        return code
    pool, thing = f"pool:{found.pool}", f"code:{found.digest.hex()}"
    used = minting.claims.used([thing, pool], (), now, but=cart)
    budget = budget_of(minting, book, found.pool)
    if (found.uses and used[thing].uses >= found.uses) or (found.until and now >= found.until):
        return code._replace(problem=UNKNOWN_CODE)
    if budget is not None and used[pool].amount >= budget:
        return code._replace(problem=_WHY["budget"])
    return code._replace(pools=frozenset({found.pool}))


def standing(
    minting: Minting, offers: Collection[Ready], names: Collection[str], now: int, cart: str
) -> Mapping[str, Standing]:
    """What is left of the limits of offers, less what others hold."""
    limited = [offer for offer in offers if offer.limited]
    if not limited:
        return {}
    used = minting.claims.used([f"offer:{offer.key}" for offer in limited], names, now, but=cart)
    return {offer.key: _left(offer, used[f"offer:{offer.key}"]) for offer in limited}


def _left(offer: Ready, used: Used) -> Standing:
    said = offer.said
    return Standing(
        budget=offer.budget - used.amount if offer.budget else None,
        uses=said.uses - used.uses if said.uses else None,
        hers=said.uses_per_customer - used.hers if said.uses_per_customer else None,
    )


def wants_of(
    minting: Minting, book: OfferBook, given: Mapping[str, int], cart: Cart, names: Collection[str]
) -> list[Want]:
    """What a priced cart rests on. ``given``: minor units by the key of each offer that was given."""
    wants: dict[str, Want] = {}
    for key, amount in given.items():
        offer = book.offers[key]
        if offer.limited:
            wants[f"offer:{key}"] = _of_offer(offer, amount)
        for code in cart.codes:
            minted = code.pools & set(offer.said.pools)
            found = minting.claims.code(digest_of(minting.secret, code.text), names) if minted else None
            for want in _of_code(minting, book, found, amount) if found else ():
                before = wants.get(want.thing)
                more = before.amount if before else 0
                wants[want.thing] = msgspec.structs.replace(want, amount=want.amount + more)
    return list(wants.values())


def _of_code(minting: Minting, book: OfferBook, found: Minted, amount: int) -> list[Want]:
    return [
        Want(f"code:{found.digest.hex()}", amount, found.uses or None),
        Want(f"pool:{found.pool}", amount, None, budget_of(minting, book, found.pool)),
    ]


def budget_of(minting: Minting, book: OfferBook, pool: str) -> int | None:
    """The budget of a pool, a rule's or one made by hand."""
    ready = book.pools.get(pool)
    return ready.budget if ready is not None else minting.claims.pool_budget(pool)


def names_of(anonymous_id: str, user_id: str, profile_id: str = "") -> frozenset[str]:
    """Her names, as claims keep them."""
    named = {"anonymous_id": anonymous_id, "user_id": user_id, "profile_id": profile_id}
    return frozenset(f"{space}/{value}" for space, value in named.items() if value)


def hold(minting: Minting, cart: str, wants: list[Want], names: Collection[str], minutes: int) -> Taken:
    """Keep it for a cart."""
    now = minting.clock()
    return minting.claims.hold(cart, wants, names, now, now + minutes * MINUTE)


def settle(minting: Minting, ask: CartRedeem) -> dict[str, Any]:
    """What a cart reserved is its order's. Raises `Refused` (409) where it ran out and is no longer there."""
    _identified(ask.cart_id, "cart_id")
    _identified(ask.order_id, "order_id")
    taken = minting.claims.settle(ask.cart_id, ask.order_id, minting.clock())
    if taken.refused:
        raise Refused(
            "no_longer_there",
            f"{said(taken.refused)}: {_WHY[taken.why]}",
            field="cart_id",
            hint="the reservation ran out; price the cart again",
            status=409,
        )
    return {
        "order_id": ask.order_id,
        "redeemed": [{"what": said(want.thing), "amount": decimal_text(want.amount, minting.currency)}
                     for want in taken.wants],
    }  # fmt: skip


def release(minting: Minting, ask: CartRelease) -> dict[str, Any]:
    """A cart lets go."""
    _identified(ask.cart_id, "cart_id")
    return {"cart_id": ask.cart_id, "released": minting.claims.release(ask.cart_id)}


def said(thing: str) -> str:
    """A thing for people: codes are not shown."""
    kind, _, name = thing.partition(":")
    return "a code" if kind == "code" else f"{kind} {name}"


def until_text(minting: Minting, minutes: int) -> str:
    """Until when a cart is kept."""
    return format_time(minting.clock() + minutes * MINUTE)


def _identified(value: str, field: str) -> None:
    if not value or len(value) > _ID_MOST:
        raise Refused("id_missing", f"{field} is needed, at most {_ID_MOST} letters", field=field)
