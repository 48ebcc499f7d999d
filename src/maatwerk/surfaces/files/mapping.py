"""Mapping files: how the columns of some shop's orders or events become ours. Small TOML documents.

The shipped ones are read by name from `mappings/`; a shop's own are read from their path.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Literal

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.money import parse_currency
from maatwerk.surfaces.files.dates import zone_of

SHIPPED = ("orders", "events", "online-retail", "retailrocket")
MAPPING_BYTES = 256 * 1024

ORDER_FIELDS = frozenset(
    "order_id date customer_id anonymous_id email sku name quantity price currency "
    "shipping discount tax coupon country store".split()
)
EVENT_FIELDS = frozenset(
    "date event message_id customer_id anonymous_id sku name quantity price currency order_id "
    "query category url title country store".split()
)
_NEEDED = {"orders": ("order_id", "date", "sku"), "events": ("date", "event")}


class Dates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``format``: ``iso``, ``unix-s``, ``unix-ms`` or a layout as in ``%d/%m/%Y %H:%M``."""

    format: str = "iso"
    timezone: str = "UTC"


class Returns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes a line a return: the beginning of its order's id, or (``negative_quantity``) its sign."""

    order_id_prefix: str = ""
    negative_quantity: bool = False


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping as its file says it; see `docs/import.md`.

    ``columns``: our field -> the file's column. ``optional``: fields whose columns a file may lack.
    ``currency``: where no column says it. ``whole_numbers``: fields that a spreadsheet wrote as ``17850.0``.
    ``charges``: codes in the sku column that are no product -> ``shipping``, ``discount`` or ``ignore``.
    ``repeated_orders = "once"``: an order whose lines are all there twice, in sequence, is one order.
    ``events``: the file's word -> our event's name. ``decimal``: the mark before the cents.
    """

    name: str
    kind: Literal["orders", "events"]
    columns: dict[str, str]
    optional: tuple[str, ...] = ()
    currency: str = ""
    decimal: Literal[".", ","] = "."
    date: Dates = Dates()
    returns: Returns = Returns()
    whole_numbers: tuple[str, ...] = ()
    charges: dict[str, Literal["shipping", "discount", "ignore"]] = {}
    repeated_orders: Literal["keep", "once"] = "keep"
    events: dict[str, str] = {}
    other_events: Literal["keep", "refuse"] = "refuse"


def read_mapping(path_or_name: str | Path) -> Mapping:
    """A shipped mapping by its name, or a shop's own from its path.

    Raises `Refused`: ``mapping_not_found``, or ``mapping_not_valid`` naming what is wrong in it.
    """
    name = str(path_or_name)
    if name in SHIPPED:
        source = resources.files("maatwerk.surfaces.files") / "mappings" / f"{name}.toml"
        return parse_mapping(source.read_bytes(), name)
    path = Path(path_or_name)
    try:
        with path.open("rb") as stream:
            text = stream.read(MAPPING_BYTES + 1)
    except OSError as error:
        raise Refused(
            "mapping_not_found",
            f"there is no mapping {name}: {error.strerror or error}",
            field="mapping",
            hint=f"give a file, or one of {', '.join(SHIPPED)}",
        ) from None
    if len(text) > MAPPING_BYTES:
        raise Refused("mapping_not_valid", f"{name} is larger than {MAPPING_BYTES} bytes", field="mapping")
    return parse_mapping(text, path.name)


def parse_mapping(text: bytes, file: str) -> Mapping:
    """A checked mapping from TOML."""
    try:
        document = msgspec.toml.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_valid(file, str(error)) from None
    return mapping_of(file, document)


def mapping_of(file: str, document: object) -> Mapping:
    """A checked mapping from a document that was read."""
    try:
        mapping = msgspec.convert(document, Mapping)
    except msgspec.ValidationError as error:
        raise _not_valid(file, str(error)) from None
    fields = ORDER_FIELDS if mapping.kind == "orders" else EVENT_FIELDS
    unknown = sorted((set(mapping.columns) | set(mapping.optional) | set(mapping.whole_numbers)) - fields)
    if unknown:
        raise _not_valid(
            file, f"{unknown[0]!r} is no field of {mapping.kind}; they are {', '.join(sorted(fields))}"
        )
    missing = [field for field in _NEEDED[mapping.kind] if field not in mapping.columns]
    if missing:
        raise _not_valid(file, f"[columns] does not say which column is {missing[0]}")
    if mapping.kind == "events" and not {"anonymous_id", "customer_id"} & set(mapping.columns):
        raise _not_valid(file, "[columns] names neither anonymous_id nor customer_id: events need somebody")
    if mapping.currency:
        parse_currency(mapping.currency)
    zone_of(mapping.date.timezone)
    return mapping


def _not_valid(file: str, why: str) -> Refused:
    return Refused(
        "mapping_not_valid", f"{file}: {why}", field="mapping", hint="docs/import.md shows one in full"
    )
