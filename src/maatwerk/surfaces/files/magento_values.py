"""How Magento writes several values into one cell of its export."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from maatwerk.core.errors import Refused
from maatwerk.core.time import parse_time
from maatwerk.surfaces.files.rows import PIECES

_PAIR = re.compile(r'\s*([A-Za-z][A-Za-z0-9_]*)=("(?:[^"]|"")*"(?=,|$)|[^,]*)')
_VARIATION = re.compile(r"\|(?=sku=)")
_TRUE = frozenset({"1", "yes", "true", "y"})
_SHORT_DATES = ("%m/%d/%y, %I:%M %p", "%m/%d/%Y, %I:%M %p", "%m/%d/%y", "%m/%d/%Y")


def pairs(text: str) -> list[tuple[str, str]]:
    """``k=v,k="v, with comma"`` as pairs.

    A piece after a comma that is no ``name=`` belongs to the value before it, which is how Magento's own
    import reads values with commas that were exported without quotation marks.
    """
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _PAIR.match(text, at)
        if match is not None:
            value = match.group(2)
            if value.startswith('"') and value.endswith('"') and len(value) > 1:
                value = value[1:-1].replace('""', '"')
            found.append((match.group(1), value))
            at = match.end() + 1
            continue
        end = text.find(",", at)
        end = len(text) if end < 0 else end
        if found:
            name, value = found[-1]
            found[-1] = (name, f"{value},{text[at:end]}")
        at = end + 1
    return found


def variations(text: str) -> list[tuple[str, dict[str, str]]]:
    """``sku=A,size=S|sku=B,size=M`` as (sku, what varies) for each."""
    found = []
    for piece in _VARIATION.split(text):
        values = dict(pairs(piece))
        sku = values.pop("sku", "").strip()
        if sku:
            found.append((sku, values))
    return found


def truth(text: str, default: bool) -> bool:
    """A yes-or-no cell; ``default`` where it is empty."""
    text = text.strip().lower()
    return text in _TRUE if text else default


def stock_of(cells: dict[str, str]) -> int | None:
    """Pieces for sale, or None where the shop does not count them.

    0 where ``is_in_stock`` says so; None where stock is not managed (``manage_stock`` 0 without
    ``use_config_manage_stock``), back orders are allowed or no ``qty`` is given; else the pieces of ``qty``.
    """
    quantity = cells.get("qty", "").strip()
    if not truth(cells.get("is_in_stock", ""), default=True):
        return 0
    managed = truth(cells.get("use_config_manage_stock", ""), default=True)
    managed = managed or truth(cells.get("manage_stock", ""), default=True)
    backorders = cells.get("allow_backorders", "").strip() not in {"", "0"}
    if not managed or (backorders and not truth(cells.get("use_config_backorders", ""), default=False)):
        return None
    if not quantity:
        return None
    try:
        return max(0, min(PIECES, int(float(quantity))))
    except (ValueError, OverflowError):
        raise Refused(
            "stock_not_a_number",
            f"cannot read {quantity[:40]!r} as pieces",
            field="qty",
            hint="give a number",
        ) from None


def day(text: str, field: str, *, last: bool = False) -> int | None:
    """Milliseconds of a date as Magento writes it (``2026-11-22 00:00:00``, ``11/22/26``), UTC; None: empty.

    ``last``: the date is the last day of something, which then lasts until that day's end.
    """
    text = text.strip()
    if not text:
        return None
    whole_day = 86_399_999 if last and (":" not in text or text.endswith("00:00:00")) else 0
    for layout in _SHORT_DATES:
        try:
            return int(datetime.strptime(text, layout).replace(tzinfo=UTC).timestamp() * 1000) + whole_day
        except ValueError:
            continue
    return parse_time(text, field) + whole_day
