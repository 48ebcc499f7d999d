"""The offers in force, found by what they need: a rule that cannot match costs a cart nothing.

Each offer is filed under the one thing it needs that fewest carts have: a code, a product, a brand, a
category, an audience, a place. A cart looks only where it has something to show; what needs a minimum is
found by it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.core.money import digits_of
from maatwerk.decisions.offers.asks import Ask, Needs
from maatwerk.decisions.offers.cart import Cart, Code, Occasion
from maatwerk.decisions.offers.parse import (
    FOREVER,
    Ready,
    ReadyPool,
    parse_offer,
    parse_offer_policy,
    parse_pool,
)
from maatwerk.decisions.offers.words import KIND, POLICY_KEY, POLICY_KIND, POOL_KIND, OfferPolicy

File = tuple[str, str]
"""What is looked under: a sort of thing and its value."""

Documents = Iterable[tuple[str, str, int, Mapping[str, Any]]]
"""Kind, key, version and document of each rule."""

_NOISE = 1e-9
_NEXT = 5
_ITEM_FIELDS = {"sku": "sku", "brand": "brand", "category": "category"}
_CART_FIELDS = {
    "shipping.country": "shipping.country",
    "shipping.region": "shipping.region",
    "shipping.method": "shipping.method",
    "payment.method": "payment.method",
    "country": "country",
    "locale": "locale",
    "device": "device",
    "shopper.group": "shopper.group",
}


class OfferBook:
    """All offers of a rule book. ``refused`` says which documents are left out, and why."""

    def __init__(
        self, documents: Documents = (), currency: str = "EUR", before: OfferBook | None = None
    ) -> None:
        """``before``: the book it follows, whose offers of the same version need not be read again."""
        self.currency = currency
        self.offers: dict[str, Ready] = {}
        self.pools: dict[str, ReadyPool] = {}
        self.policy = OfferPolicy()
        self.refused: dict[str, str] = {}
        known = before.offers if before and before.currency == currency else {}
        for kind, key, version, document in documents:
            try:
                if kind == KIND:
                    was = known.get(key)
                    self.offers[key] = (
                        was
                        if was is not None and version and was.version == version
                        else parse_offer(key, document, currency, version)
                    )
                elif kind == POLICY_KIND and key == POLICY_KEY:
                    self.policy = parse_offer_policy(key, document)
                elif kind == POOL_KIND:
                    self.pools[key] = parse_pool(key, document, currency)
            except Refused as refused:
                self.refused[f"{kind}/{key}"] = str(refused)
        active = [offer for offer in self.offers.values() if offer.said.active]
        self.audiences = frozenset(offer.said.audience for offer in active if offer.said.audience)
        """Audiences that an offer is aimed at."""
        self.price_audiences = frozenset(
            offer.said.audience for offer in active if offer.said.on == "catalog" and offer.said.audience
        )
        self.catalog = tuple(offer for offer in active if offer.said.on == "catalog")
        self._cart = [offer for offer in active if offer.said.on == "cart"]
        self._coded: dict[str, list[Ready]] = {}
        for offer in self._cart:
            for name in (*offer.codes, *(f"pool:{pool}" for pool in offer.said.pools)):
                self._coded.setdefault(name, []).append(offer)
        self._open = _Files()
        self._until = -1
        self._since = 0

    def opened_by(self, code: Code) -> list[Ready]:
        """Offers that a code opens, in force or not."""
        found = list(self._coded.get(code.plain, ())) if code.plain else []
        for pool in sorted(code.pools):
            found += self._coded.get(f"pool:{pool}", ())
        return found

    def candidates(self, cart: Cart, occasion: Occasion) -> list[Ready]:
        """Automatic offers that might match this cart, each once, by key."""
        self._refile(occasion.now)
        found = self._open.find(_shown(cart, occasion), number_of(cart, occasion.currency))
        return sorted(found, key=lambda offer: offer.key)

    def next_up(self, cart: Cart, occasion: Occasion) -> list[Ready]:
        """Automatic offers that a somewhat larger subtotal would reach, the nearest first."""
        self._refile(occasion.now)
        return self._open.above(number_of(cart, occasion.currency))

    def _refile(self, now: int) -> None:
        """File those in force now; done again when one of them begins or ends."""
        if self._since <= now < self._until:
            return
        moments = [time for offer in self._cart for time in (offer.since, offer.until)]
        self._since = max((time for time in moments if time <= now), default=0)
        self._until = min((time for time in moments if time > now), default=FOREVER)
        self._open = _Files(
            offer for offer in self._cart if not offer.coded and offer.since <= now < offer.until
        )


class _Files:
    """Offers under what they need."""

    def __init__(self, offers: Iterable[Ready] = ()) -> None:
        self._filed: dict[File, list[Ready]] = {}
        self._always: list[Ready] = []
        from_: list[tuple[float, str, Ready]] = []
        for offer in offers:
            needs = _narrowest(offer)
            least = _least(offer)
            if needs is not None:
                for each in needs:
                    self._filed.setdefault(each, []).append(offer)
            elif least:
                from_.append((least, offer.key, offer))
            else:
                self._always.append(offer)
        from_.sort(key=lambda each: each[:2])
        self._from = [offer for _, _, offer in from_]
        self._least = [least for least, _, _ in from_]

    def above(self, subtotal: float) -> list[Ready]:
        first = bisect_right(self._least, subtotal + _NOISE)
        return self._from[first : first + _NEXT]

    def find(self, shown: Iterable[File], subtotal: float) -> list[Ready]:
        found = {offer.key: offer for offer in self._always}
        found |= {offer.key: offer for offer in self._from[: bisect_right(self._least, subtotal + _NOISE)]}
        for each in shown:
            for offer in self._filed.get(each, ()):
                found[offer.key] = offer
        return list(found.values())


def _narrowest(offer: Ready) -> list[File] | None:
    """What it needs one of; None where that cannot be told from outside."""
    said = offer.said
    by_field: dict[str, frozenset[str]] = {
        _ITEM_FIELDS[needs.field.removeprefix("product.")]: needs.values
        for needs in _needs(offer.items)
        if needs.values and needs.field.removeprefix("product.") in _ITEM_FIELDS
    }
    for field in ("sku", "brand"):
        if field in by_field:
            return [(field, value) for value in sorted(by_field[field])]
    categories = said.categories or by_field.get("category", ())
    if categories:
        return [("category", path) for path in categories]
    if said.audience:
        return [("audience", said.audience)]
    if said.arm:
        return [("arm", said.arm)]
    for needs in _needs(offer.when):
        if needs.values and needs.field in _CART_FIELDS:
            return [(needs.field, value) for value in sorted(needs.values)]
    if said.stores:
        return [("store", store) for store in said.stores]
    return [("channel", channel) for channel in said.channels] if said.channels else None


def _least(offer: Ready) -> float:
    """The subtotal that it needs at least, in whole units of whatever currency."""
    floors: list[float] = [
        needs.least or 0.0 for needs in _needs(offer.when) if needs.field == "cart.subtotal"
    ]
    return max(floors, default=0.0)


def number_of(cart: Cart, currency: str) -> float:
    """What a cart's lines cost before discounts, as conditions read it."""
    return float(sum(line.total for line in cart.lines) / 10 ** digits_of(currency))


def _needs(parts: Iterable[Ask]) -> Iterator[Needs]:
    return (part.needs for part in parts if part.needs is not None)


def _shown(cart: Cart, occasion: Occasion) -> Iterator[File]:
    """Everything a cart has that offers are filed under."""
    seen: set[File] = set()
    for line in cart.lines:
        seen.add(("sku", line.sku))
        seen.add(("brand", str(line.data.get("brand") or "")))
        seen.update(("category", path) for path in line.data.get("categories", ()))
    seen.update(("audience", key) for key in occasion.audiences)
    seen.update(("arm", arm) for arm in occasion.arms)
    seen.update((("store", occasion.store), ("channel", occasion.channel)))
    for field in _CART_FIELDS:
        group, _, name = field.partition(".")
        value = occasion.around.get(group)
        value = value.get(name) if name and isinstance(value, dict) else value
        if isinstance(value, str):
            seen.add((field, value))
    yield from seen


NO_OFFERS = OfferBook()
"""A shop without any."""
