"""Money: an integer of minor units and a currency (ISO 4217).

A number or a decimal string comes in, with no more digits than the currency has; a decimal
string with its currency goes out. Nothing is added across currencies.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from maatwerk.core.errors import Refused

# ISO 4217 currencies whose minor unit is not two digits.
_DIGITS = dict.fromkeys(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
) | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)

_LARGEST_MINOR = 10**15
_LARGEST_EXPONENT = 16
_FLOAT_NOISE = Decimal("0.000001")


class Money(msgspec.Struct, frozen=True, order=True):
    """An amount; ``minor`` is in the currency's minor units (cents for EUR, yen for JPY)."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def times(self, quantity: int) -> Money:
        """The amount for ``quantity`` pieces."""
        return Money(self.minor * quantity, self.currency)

    def decimal(self) -> str:
        """``59.00``: as many decimals as the currency has."""
        return decimal_text(self.minor, self.currency)

    def wire(self) -> dict[str, str]:
        """``{"amount": "59.00", "currency": "EUR"}``."""
        return {"amount": self.decimal(), "currency": self.currency}

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise Refused(
                "currency_mismatch",
                f"cannot reckon {self.currency} with {other.currency}",
                hint="convert with an exchange rate first",
            )


def digits_of(currency: str) -> int:
    """How many decimals the currency has."""
    return _DIGITS.get(currency, 2)


def decimal_text(minor: int, currency: str) -> str:
    """The decimal string of an amount in minor units."""
    digits = _DIGITS.get(currency, 2)
    if digits == 0:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, part = divmod(abs(minor), 10**digits)
    return f"{sign}{whole}.{part:0{digits}d}"


def parse_currency(value: object, field: str = "currency") -> str:
    """Three capital letters, or `Refused` (``currency_not_known``)."""
    if isinstance(value, str):
        text = value.strip().upper()
        if len(text) == 3 and text.isascii() and text.isalpha():
            return text
    raise Refused(
        "currency_not_known",
        f"{str(value)[:20]!r} is not a currency code",
        field=field,
        hint="use three letters of ISO 4217, as in EUR",
    )


def parse_minor(value: object, currency: str, field: str = "price") -> int:
    """Minor units from a number or decimal string.

    Raises `Refused`: ``price_not_a_number``, ``price_too_precise`` (more digits than the currency
    has) or ``price_out_of_range``. A binary float is read as the decimal its shortest form writes,
    less the noise of binary arithmetic (a millionth of a minor unit).
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise _not_a_number(value, field)
    digits = _DIGITS.get(currency, 2)
    if isinstance(value, int):
        minor = value * 10**digits
    else:
        try:
            number = Decimal(value if isinstance(value, Decimal) else str(value).strip())
            if not number.is_finite():
                raise _not_a_number(value, field)
            # Before any reckoning: "1e999990" would make an integer of a million digits.
            if number and number.adjusted() > _LARGEST_EXPONENT:
                raise Refused("price_out_of_range", f"{str(value)[:40]} is too large", field=field)
            scaled = number.scaleb(digits)
            minor = int(scaled)
        except (ArithmeticError, ValueError):
            raise _not_a_number(value, field) from None
        if scaled != minor and isinstance(value, float):
            nearest = int(scaled.to_integral_value())
            if abs(scaled - nearest) <= _FLOAT_NOISE:  # 3 * 59.99 is 179.97000000000003 in every browser
                return nearest
        if scaled != minor:
            raise Refused(
                "price_too_precise",
                f"{str(value)[:40]} has more decimals than {currency} has",
                field=field,
                hint=f"round to {digits} decimals",
            )
    if abs(minor) > _LARGEST_MINOR:
        raise Refused("price_out_of_range", f"{str(value)[:40]} is too large", field=field)
    return int(minor)


def _not_a_number(value: object, field: str) -> Refused:
    return Refused(
        "price_not_a_number",
        f"cannot read {str(value)[:40]!r} as an amount",
        field=field,
        hint="send a number or a decimal string, as in 59.00",
    )
