"""How Magento writes several values into one cell of its export."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from maatwerk.core.errors import Refused
from maatwerk.core.time import parse_time
from maatwerk.surfaces.files.rows import ENOUGH_STOCK

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
    """Pieces for sale, or None where the file does not speak of stock.

    0 where ``is_in_stock`` says so; `ENOUGH_STOCK` where stock is not managed (``manage_stock`` 0 without
    ``use_config_manage_stock``) or back orders are allowed; else whole pieces of ``qty``.
    """
    quantity = cells.get("qty", "").strip()
    if not truth(cells.get("is_in_stock", ""), default=True):
        return 0
    managed = truth(cells.get("use_config_manage_stock", ""), default=True)
    managed = managed or truth(cells.get("manage_stock", ""), default=True)
    backorders = cells.get("allow_backorders", "").strip() not in {"", "0"}
    if not managed or (backorders and not truth(cells.get("use_config_backorders", ""), default=False)):
        return ENOUGH_STOCK
    if not quantity:
        return None
    try:
        return max(0, min(ENOUGH_STOCK, int(float(quantity))))
    except (ValueError, OverflowError):
        raise Refused(
            "stock_not_a_number",
            f"cannot read {quantity[:40]!r} as pieces",
            field="qty",
            hint="give a number",
        ) from None


def day(text: str, field: str) -> int:
    """Milliseconds of a date as Magento writes it (``2026-11-22 00:00:00`` or ``11/22/26``), UTC."""
    text = text.strip()
    for layout in _SHORT_DATES:
        try:
            return int(datetime.strptime(text, layout).replace(tzinfo=UTC).timestamp() * 1000)
        except ValueError:
            continue
    return parse_time(text, field)


def runs(start: str, end: str, now: int | None, field: str) -> bool | None:
    """Whether a dated price holds at ``now``; None where there is a date and no ``now`` to judge it by."""
    if not start.strip() and not end.strip():
        return True
    if now is None:
        return None
    whole_day = 0 if ":" in end else 86_400_000 - 1  # an end without a time means that day's end
    begins = day(start, field) if start.strip() else now
    ends = day(end, field) + whole_day if end.strip() else now
    return begins <= now <= ends
