"""An offer made ready: checked as a whole, amounts in minor units, conditions compiled."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.money import parse_currency, parse_minor
from maatwerk.core.time import parse_time
from maatwerk.decisions.offers.asks import CART, PRODUCT, Ask, asks
from maatwerk.decisions.offers.words import CodePool, Offer, OfferPolicy

FOREVER = 1 << 62
PERCENT_UNIT = 10_000
"""A percentage inside is whole: hundredths of a percent times 100."""

_LETTERS = 40
_LOOKALIKES = str.maketrans("OIL", "011")

_NEEDS: dict[str, tuple[str, ...]] = {
    "percent": ("percent",),
    "amount_per_item": ("amount",),
    "amount": ("amount",),
    "price": ("amount",),
    "buy_x_get_y": ("buy", "get"),
    "free_gift": ("gift",),
    "tiers": ("tiers",),
}
_CATALOG_GIVES = ("percent", "amount_per_item", "price")
_CART_ONLY = (
    "when", "codes", "pools", "budget", "uses", "uses_per_customer", "channels", "tiers", "gift", "pieces",
    "most", "get_items", "on_reduced",
)  # fmt: skip


class ReadyTier(NamedTuple):
    """``at``: minor units, or pieces."""

    at: int
    percent: int
    amount: int


class Ready(NamedTuple):
    """An offer ready to be asked. Amounts are minor units of ``currency``; ``percent`` and ``off`` count
    `PERCENT_UNIT` to one percent."""

    key: str
    version: int
    said: Offer
    currency: str
    has_amounts: bool
    percent: int
    off: int
    amount: int
    most: int
    budget: int
    tiers: tuple[ReadyTier, ...]
    items: tuple[Ask, ...]
    get_items: tuple[Ask, ...]
    when: tuple[Ask, ...]
    since: int
    until: int
    codes: frozenset[str]

    @property
    def coded(self) -> bool:
        """Whether it needs a code."""
        return bool(self.codes or self.said.pools)

    @property
    def limited(self) -> bool:
        """Whether how often it was given counts."""
        return bool(self.budget or self.said.uses or self.said.uses_per_customer)

    @property
    def title(self) -> str:
        """What people read."""
        return self.said.title or self.key.replace("-", " ").capitalize()


def parse_offer(key: str, document: Mapping[str, Any], currency: str, version: int = 0) -> Ready:
    """The offer of a document; ``currency`` is that of amounts which state none. Raises `Refused`."""
    field = f"offer.{key}"
    try:
        said = msgspec.convert(document, Offer)
    except msgspec.ValidationError as error:
        raise Refused("rule_not_valid", str(error), field=field) from None
    _sensible(said, field)
    currency = parse_currency(said.currency, f"{field}.currency") if said.currency else currency
    tiers = tuple(
        ReadyTier(
            int(_count(tier.at, f"{field}.tiers"))
            if said.by == "quantity"
            else _minor(tier.at, currency, f"{field}.tiers"),
            _percent(tier.percent, f"{field}.tiers"),
            _minor(tier.amount, currency, f"{field}.tiers"),
        )
        for tier in said.tiers
    )
    amount = _minor(said.amount, currency, f"{field}.amount")
    most = _minor(said.most, currency, f"{field}.most")
    budget = _minor(said.budget, currency, f"{field}.budget")
    by_amount = any(tier.amount for tier in tiers) or (bool(tiers) and said.by == "subtotal")
    return Ready(
        key=key,
        version=version,
        said=said,
        currency=currency,
        has_amounts=bool(amount or most or budget or by_amount),
        percent=_percent(said.percent, f"{field}.percent"),
        off=_percent(said.off, f"{field}.off"),
        amount=amount,
        most=most,
        budget=budget,
        tiers=tuple(sorted(tiers)),
        items=asks(said.items, PRODUCT, f"{field}.items"),
        get_items=asks(said.get_items, PRODUCT, f"{field}.get_items"),
        when=asks(said.when, CART, f"{field}.when"),
        since=_time(said.from_, f"{field}.from", 0),
        until=_time(said.until, f"{field}.until", FOREVER),
        codes=frozenset(_code(code, f"{field}.codes") for code in said.codes),
    )


def parse_offer_policy(key: str, document: Mapping[str, Any]) -> OfferPolicy:
    """The shop's policy on offers. Raises `Refused`."""
    field = f"offer_policy.{key}"
    try:
        policy = msgspec.convert(document, OfferPolicy)
    except msgspec.ValidationError as error:
        raise Refused("rule_not_valid", str(error), field=field) from None
    rate = policy.tax.rate
    if rate is not None and not 0 <= rate < 100:
        raise _wrong(f"{field}.tax.rate", f"is {rate}", "percent, from 0 to below 100")
    if not 1 <= policy.hold_minutes <= 1_440:
        raise _wrong(f"{field}.hold_minutes", f"is {policy.hold_minutes}", "1 to 1440")
    return policy


class ReadyPool(NamedTuple):
    """A pool ready to mint from; ``budget`` in minor units, None: without."""

    key: str
    said: CodePool
    budget: int | None


def parse_pool(key: str, document: Mapping[str, Any], currency: str) -> ReadyPool:
    """The pool of a document. Raises `Refused`."""
    field = f"code_pool.{key}"
    try:
        said = msgspec.convert(document, CodePool)
    except msgspec.ValidationError as error:
        raise Refused("rule_not_valid", str(error), field=field) from None
    if not 0 <= said.uses <= 1_000_000:
        raise _wrong(f"{field}.uses", f"is {said.uses}", "a whole number from 0")
    if not 0 <= said.days <= 3_650:
        raise _wrong(f"{field}.days", f"is {said.days}", "0 to 3650")
    if len(said.prefix) > 12 or not ((said.prefix.isascii() and said.prefix.isalnum()) or not said.prefix):
        raise _wrong(f"{field}.prefix", f"is {said.prefix[:40]!r}", "up to 12 letters and digits")
    return ReadyPool(key, said, _minor(said.budget, currency, f"{field}.budget") or None)


def plain_code(text: str) -> str:
    """A code as it is compared: case, spaces, hyphens, and letters that look like digits do not matter."""
    kept = "".join(letter for letter in text.upper() if letter.isalnum())
    return kept.translate(_LOOKALIKES)[:_LETTERS]


def _sensible(said: Offer, field: str) -> None:
    for name in _NEEDS.get(said.give, ()):
        if not getattr(said, name) or (name == "amount" and str(said.amount).strip("0.") == ""):
            raise _wrong(f"{field}.{name}", f"{said.give!r} needs it", f"give {name}")
    if said.give == "cheapest_free" and said.of == 1:
        raise _wrong(f"{field}.of", "of one piece that one is no longer sold", "2 or more, or leave it out")
    for name in ("buy", "get", "of", "times", "pieces", "uses", "uses_per_customer"):
        if not 0 <= getattr(said, name) <= 1_000_000:
            raise _wrong(f"{field}.{name}", f"is {getattr(said, name)}", "a whole number from 0")
    if said.on == "catalog":
        if said.give not in _CATALOG_GIVES:
            raise _wrong(
                f"{field}.give", f"{said.give!r} changes no price", f"one of {', '.join(_CATALOG_GIVES)}"
            )
        blank = Offer(said.give)
        for name in _CART_ONLY:
            if getattr(said, name) != getattr(blank, name):
                raise _wrong(f"{field}.{name}", "is of carts; this offer is on the catalog", "leave it out")
        if said.arm:
            raise _wrong(f"{field}.arm", "prices are not left to chance", "leave it out")
    elif said.give == "price":
        raise _wrong(f"{field}.give", "a price is of the catalog", 'on = "catalog"')
    if said.arm and said.arm.count("/") != 1:
        raise _wrong(f"{field}.arm", f"is {said.arm!r}", "EXPERIMENT/VARIANT")


def _percent(value: float, field: str) -> int:
    if not 0 <= value <= 100:
        raise _wrong(field, f"is {value}", "0 to 100")
    return int((Decimal(str(value)) * PERCENT_UNIT).to_integral_value())


def _minor(value: str | int | float, currency: str, field: str) -> int:
    minor = parse_minor(value, currency, field)
    if minor < 0:
        raise _wrong(field, f"is {value}", "an amount from 0")
    return minor


def _count(value: str | int | float, field: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        raise _wrong(field, f"is {value!r}", "a number of pieces") from None
    if not number.is_finite() or number != int(number) or not 0 <= number <= 1_000_000:
        raise _wrong(field, f"is {value!r}", "a whole number of pieces")
    return number


def _time(text: str, field: str, otherwise: int) -> int:
    return parse_time(text, field) if text else otherwise


def _code(text: str, field: str) -> str:
    code = plain_code(text)
    if not len(code) >= 3 or len(text) > _LETTERS:
        raise _wrong(field, f"{text[:_LETTERS]!r} is no code", f"3 to {_LETTERS} letters and digits")
    return code


def _wrong(field: str, detail: str, hint: str) -> Refused:
    return Refused("rule_not_valid", detail, field=field, hint=hint)
