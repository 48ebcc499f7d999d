"""Put, change and delete products: the catalog's changes as events, seen by the very next decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.ids import new_id
from maatwerk.events.bounds import check_bounds
from maatwerk.events.event import Event
from maatwerk.events.products import checked_change, checked_product, checked_sku, sale_above_price
from maatwerk.events.verdict import Rejection
from maatwerk.flows.record import CHUNK, Prepared, Recorded, Recording, Wire, commit, commit_now
from maatwerk.views.catalog.change import changed
from maatwerk.views.catalog.words import DEFAULT_STORE, Product

Current = Callable[[str, str], Product | None]
"""The catalog's product by store and SKU, as of now."""

_ID_BYTES = 10
_ANY = msgspec.json.Decoder()
_ENCODER = msgspec.json.Encoder()


async def put_products(recording: Recording, products: Sequence[Wire]) -> Recorded:
    """Publish whole products; each gets its verdict, and what is refused is answered, not kept."""
    return await commit(recording, prepare_products(recording, products))


def put_products_blocking(
    recording: Recording, products: Iterable[Wire], current: Current | None = None, chunk: int = CHUNK
) -> Iterator[Recorded]:
    """Publish a long stream of products (an import), ``chunk`` to a transaction; one answer for each.

    With ``current``, products that would change nothing are counted as duplicates and append nothing,
    so that an import can be repeated. A rejection's index is the product's place in the stream.
    """
    some: list[Wire] = []
    first = 0
    for product in products:
        some.append(product)
        if len(some) == chunk:
            yield _put_chunk(recording, some, current, first)
            first += len(some)
            some = []
    if some:
        yield _put_chunk(recording, some, current, first)


def prepare_products(recording: Recording, products: Sequence[Wire], first: int = 0) -> Prepared:
    """Check products and make their events, without writing."""
    prepared = Prepared([], [], [])
    now = recording.clock()
    for index, raw in enumerate(products, first):
        try:
            message = bytes(raw)
            check_bounds(message)
            product = checked_product(_ANY.decode(message), recording.currency)
        except Refused as fault:
            prepared.rejected.append(_rejection(fault, index))
            continue
        except msgspec.DecodeError as fault:
            prepared.rejected.append(Rejection(index, "json_not_readable", "", str(fault)[:200]))
            continue
        if sale_above_price(product, product.get("currency", recording.currency)):
            warning = "the reduced price is above the regular one"
            prepared.warnings.append(Rejection(index, "sale_above_price", "sale_price", warning))
        prepared.events.append(_event(recording, now, "Product Published", {"product": product}))
    return prepared


async def change_product(
    recording: Recording, sku: str, fields: Any, current: Current | None = None
) -> dict[str, Any]:
    """Change some fields of a product. Raises `Refused`. Returns the fields as they were understood."""
    sku = checked_sku(sku)
    store = str(fields.get("store") or DEFAULT_STORE) if isinstance(fields, dict) else DEFAULT_STORE
    known = current(store, sku) if current is not None else None
    currency = known.currency if known is not None and known.currency else recording.currency
    store, change = checked_change(fields, sku, currency)
    content = {"sku": sku, "fields": change, "store": store}
    await recording.log.append([_event(recording, recording.clock(), "Product Changed", content)])
    return content


async def delete_product(recording: Recording, sku: str, store: str = DEFAULT_STORE) -> None:
    """Take a product out of the catalog of a store."""
    content = {"sku": checked_sku(sku), "store": store}
    await recording.log.append([_event(recording, recording.clock(), "Product Deleted", content)])


def _put_chunk(
    recording: Recording, products: Sequence[Wire], current: Current | None, first: int
) -> Recorded:
    prepared = prepare_products(recording, products, first)
    events = prepared.events
    if current is not None:
        prepared.events = [event for event in events if _changes(event, current)]
    recorded = commit_now(recording, prepared)
    same = len(events) - len(prepared.events)
    return msgspec.structs.replace(recorded, duplicates=recorded.duplicates + same)


def _changes(event: Event, current: Current) -> bool:
    product = _ANY.decode(event.properties)["product"]
    known = current(product.get("store") or DEFAULT_STORE, product["sku"])
    return known is None or changed(known, event) != known


def _event(recording: Recording, now: int, name: str, content: dict[str, Any]) -> Event:
    return Event(
        name=name,
        id=new_id("c", now, recording.chance(_ID_BYTES)),
        time=now,
        received=now,
        proven=True,
        origin="internal",
        dialect="catalog",
        properties=msgspec.Raw(_ENCODER.encode(content)),
    )


def _rejection(fault: Refused, index: int) -> Rejection:
    detail = f"{fault.detail} ({fault.hint})" if fault.hint else fault.detail
    return Rejection(index, fault.code, fault.field, detail)
