"""Amounts as people and feeds write them. What could mean two things is refused, never guessed."""

from __future__ import annotations

import re

from maatwerk.core.errors import Refused
from maatwerk.core.money import decimal_text, digits_of, parse_currency, parse_minor

_SIGNS = {"€": "EUR", "£": "GBP", "zł": "PLN", "₹": "INR", "₩": "KRW", "₺": "TRY", "₽": "RUB", "₴": "UAH"}
_MANY = "$¥"  # signs of several currencies
_AMOUNT = re.compile(r"[0-9][0-9.,'’ \u00a0\u202f]*")
_GROUPS = re.compile(r"[0-9]{1,3}(?:[.,'’ \u00a0\u202f][0-9]{3})*")


def plain_price(text: str, currency: str | None, field: str = "price") -> str:
    """An amount written by a machine, with a decimal point: ``52``, ``52.5000`` -> ``52.00``, ``52.50``.

    Raises `Refused`: those of `parse_minor`, and ``price_negative``.
    """
    minor = parse_minor(text, currency or "EUR", field)  # without a currency: two decimals, as most have
    if minor < 0:
        raise Refused(
            "price_negative", f"{text} is below zero", field=field, hint="give what the shopper pays"
        )
    return decimal_text(minor, currency or "EUR")


def written_price(text: str, currency: str | None, field: str = "price") -> tuple[str, str | None]:
    """An amount and its currency from ``79.90 EUR``, ``EUR 79,90``, ``€ 1.299,00``, ``79.90``.

    The text's own currency wins over ``currency``. Raises `Refused` as `plain_price` does, and
    ``price_ambiguous`` for an amount that reads two ways, as ``1.299`` EUR does.
    """
    text = text.strip()
    found = _AMOUNT.search(text)
    if found is None or "-" in text[: found.start()]:
        return plain_price(text, currency, field), currency
    rest = (text[: found.start()] + text[found.end() :]).strip(" \u00a0\u202f.-–")
    named = _currency(rest, currency, field) if rest else currency
    amount = found.group().strip(" \u00a0\u202f'’")
    return plain_price(_point(amount.rstrip(".,"), named, text, field), named, field), named


def _currency(text: str, currency: str | None, field: str) -> str:
    if text in _SIGNS:
        return _SIGNS[text]
    if text in _MANY and currency:
        return currency
    return parse_currency(text, field)


def _point(amount: str, currency: str | None, text: str, field: str) -> str:
    """The amount with a decimal point and nothing else."""
    marks = [c for c in amount if not c.isdigit()]
    if not marks:
        return amount
    last = marks[-1]
    whole, _, part = amount.rpartition(last)
    digits = digits_of(currency or "EUR")
    if last in ".," and marks.count(last) == 1:
        if len(part) == 3 and digits != 3 and len(marks) == 1 and whole not in {"", "0"}:
            raise Refused(
                "price_ambiguous",
                f"{text} could be {whole}{part} or {whole}.{part}",
                field=field,
                hint=f"write it with {digits} decimals, as in {whole}{part}.00"
                if digits
                else "leave the mark out",
            )
        if len(part) != 3 or digits == 3 or whole == "0":
            return _grouped(whole, text, field) + "." + part
    return _grouped(amount, text, field)


def _grouped(whole: str, text: str, field: str) -> str:
    """Digits in groups of three, without what separates them."""
    separators = {c for c in whole if not c.isdigit()}
    if whole.isdigit() or (len(separators) == 1 and _GROUPS.fullmatch(whole)):
        return "".join(c for c in whole if c.isdigit())
    raise Refused(
        "price_not_a_number",
        f"cannot read {text[:40]!r} as an amount",
        field=field,
        hint="write it as in 79.90 EUR",
    )
