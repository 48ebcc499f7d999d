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

SHIPPED = (
    "orders", "shopify-orders", "woocommerce-orders", "woocommerce-orders-csv", "magento-orders",
    "magento-orders-csv",
    "prestashop-orders", "prestashop-order-lines", "online-retail",
    "customers", "shopify-customers", "woocommerce-customers", "woocommerce-customers-csv",
    "magento-customers",
    "magento-customers-csv", "prestashop-customers",
    "events", "email-activity", "reviews", "social", "store-visits", "returns", "retailrocket",
)  # fmt: skip
"""By their names; what is more particular stands before what is general."""
MAPPING_BYTES = 256 * 1024

ADDRESS = ("street", "street2", "city", "state", "postal_code", "country")
_ADDRESSES = tuple(f"{which}_{part}" for which in ("billing", "shipping") for part in ADDRESS)
_PERSON = ("email", "phone", "first_name", "last_name", "company")
ORDER_FIELDS = frozenset(
    "order_id date customer_id anonymous_id sku name quantity price currency "
    "shipping discount tax coupon country store number total subtotal status cancelled_at "
    "refunded refund_ids payment_method payment_id shipping_method channel location category brand "
    "line_discount customer_group".split()
) | {*_PERSON, *_ADDRESSES}
EVENT_FIELDS = frozenset(
    "date event message_id customer_id anonymous_id sku name quantity price currency order_id "
    "query category url title country store total rating review_id review_body campaign_id "
    "campaign_name email_id email_subject list_id link_url network action location reason condition "
    "resolution return_id status refund_id".split()
) | {*_PERSON}
_NEEDED = {"orders": ("order_id", "date"), "events": ("date", "event"), "customers": ()}
CONSENTS = tuple(
    f"consent_{purpose}" for purpose in ("email", "sms", "push", "advertising", "personalization")
)
Identifier = Literal["customer_id", "email", "phone"]
IDENTIFIERS: tuple[Identifier, ...] = ("customer_id", "email", "phone")


class Dates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``format``: ``iso``, ``unix-s``, ``unix-ms`` or a layout as in ``%d/%m/%Y %H:%M``."""

    format: str = "iso"
    timezone: str = "UTC"


class Returns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes a line a return: the beginning of its order's id, or (``negative_quantity``) its sign."""

    order_id_prefix: str = ""
    negative_quantity: bool = False


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a record finds its person.

    ``by``: the identifiers tried, in their order; the first that leads to a known customer decides.
    ``prefix`` goes before the file's own customer numbers, where they are not those of the web shop.
    ``verified``: addresses (``email``, ``phone``) that the source has checked, so that they may join people.
    ``unmatched = "refuse"`` refuses a record that leads to nobody known; else it is kept, as a person of its
    own.
    """

    by: tuple[Identifier, ...] = IDENTIFIERS
    prefix: str = ""
    verified: tuple[Literal["email", "phone"], ...] = ()
    unmatched: Literal["keep", "refuse"] = "keep"


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping as its file says it; see `docs/import.md`.

    ``columns``: our field -> the file's column, or several: the first that is filled counts. In JSON a
    column is a path (``billing.email``). ``optional``: fields whose columns a file may lack. ``currency``:
    where no column says it. ``whole_numbers``: fields that a spreadsheet wrote as ``17850.0``. ``charges``:
    codes in the sku column that are no product -> ``shipping``, ``discount`` or ``ignore``.
    ``repeated_orders = "once"``: an order whose lines are all there twice, in sequence, is one order.
    ``events``: the file's word -> our event's name. ``decimal``: the mark before the cents. ``detect``:
    columns by which a file is known to be of this shape. ``source`` and ``priority``: what its word is
    called and how much it weighs beside others'. ``rows``: in JSON the list whose entries are lines
    (``line_items``), in a table cells of one line each (``line_item_*``); ``skip``: a path that is filled
    where an entry repeats another. ``statuses``: the file's word -> what it makes of an order; ``values``:
    by field, the file's word -> ours. ``rounding``: amounts with more decimals than the currency has are
    rounded. ``free_lines``: lines at no price are gifts, and stay. ``order_prefix`` goes before order
    numbers that are not the web shop's own. ``channel = "store"``: sold over the counter.
    """

    name: str
    kind: Literal["orders", "events", "customers"]
    columns: dict[str, str | tuple[str, ...]]
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
    detect: tuple[str, ...] = ()
    source: str = ""
    priority: int = 0
    match: Match = Match()
    rows: str = ""
    skip: str = ""
    statuses: dict[str, Literal["placed", "cancelled", "refunded", "ignore"]] = {}
    values: dict[str, dict[str, str]] = {}
    rounding: bool = False
    free_lines: bool = False
    order_prefix: str = ""
    channel: str = ""

    def names(self, field: str) -> tuple[str, ...]:
        """The file's columns for a field of ours."""
        said = self.columns.get(field, ())
        return (said,) if isinstance(said, str) else said


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
    named = set(mapping.columns) | set(mapping.optional) | set(mapping.whole_numbers)
    unknown = (
        sorted(named - fields) if mapping.kind != "customers" else []
    )  # any other field is a trait of that name
    if unknown:
        raise _not_valid(
            file, f"{unknown[0]!r} is no field of {mapping.kind}; they are {', '.join(sorted(fields))}"
        )
    missing = [field for field in _NEEDED[mapping.kind] if field not in mapping.columns]
    if missing:
        raise _not_valid(file, f"[columns] does not say which column is {missing[0]}")
    if mapping.kind == "events" and not {"anonymous_id", *IDENTIFIERS} & set(mapping.columns):
        raise _not_valid(
            file, "[columns] names neither anonymous_id nor customer_id, email or phone: events need somebody"
        )
    if mapping.kind == "customers" and not {*IDENTIFIERS} & set(mapping.columns):
        raise _not_valid(file, "[columns] names neither customer_id nor email nor phone: who is it?")
    if not 0 <= mapping.priority <= 100:
        raise _not_valid(file, "priority is 1 to 100")
    if mapping.currency:
        parse_currency(mapping.currency)
    zone_of(mapping.date.timezone)
    return mapping


def _not_valid(file: str, why: str) -> Refused:
    return Refused(
        "mapping_not_valid", f"{file}: {why}", field="mapping", hint="docs/import.md shows one in full"
    )
