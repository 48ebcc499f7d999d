"""The catalog in columns: what the pipeline reads for hundreds of candidates at once.

Rows never move: a product keeps its row while the process lives, a deleted one is unpublished.
Arrays grow by doubling. Displayed fields stay encoded until a product is shown.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from maatwerk.core.chance import die
from maatwerk.events.event import Event
from maatwerk.views.catalog.attributes import Attributes, Column
from maatwerk.views.catalog.change import changed, key_of
from maatwerk.views.catalog.words import DEFAULT_STORE, Product, decode, encode

NO_PRICE = -1
FACETS = ("category", "brand", "color", "gender", "price_band")
"""What an affinity is kept for. ``price_band`` is in half octaves of the price."""

T = TypeVar("T")

_UNTRACKED = np.iinfo(np.int32).max
_DECODED_MOST = 4_000
_MADE_MOST = 2_000
_MASKS_MOST = 256
_FEW = 64


class Codes:
    """Values of one facet numbered in order of arrival; 0 means none."""

    def __init__(self) -> None:
        self.values: list[str] = [""]
        self._number: dict[str, int] = {"": 0}

    def number(self, value: str) -> int:
        """The value's number, given now if it is new."""
        known = self._number.get(value)
        if known is None:
            known = self._number[value] = len(self.values)
            self.values.append(value)
        return known

    def find(self, value: str) -> int:
        """The value's number, or 0."""
        return self._number.get(value, 0)


class Catalog:
    """The products of one store.

    Columns have one entry a row: ``price`` (minor units at the moment of `refresh_prices`, or
    `NO_PRICE`), ``stock``, ``shown`` (published), ``available`` (shown, and it or one of its variants
    is in stock), ``parent`` (row or -1), ``created`` (ms), ``margin`` (NaN: unknown), and ``facets``
    by name (`Codes` numbers; a product's first category stands in ``facets["category"]``, all of them
    with their ancestors in `categories`).

    ``version`` grows with every change, ``shape`` only with those of rows, categories, parents and facets
    other than the price's: what follows from these alone may be kept while prices and stock move.
    """

    def __init__(self, store: str = DEFAULT_STORE) -> None:
        self.store = store
        self.currency = ""
        self.version = 0
        self.shape = 0
        self.size = 0
        self.skus: list[str] = []
        self._row: dict[str, int] = {}
        self._payloads: list[bytes] = []
        self._variants: dict[int, list[int]] = {}
        self._waiting: dict[str, list[int]] = {}
        self._categories: list[tuple[int, ...]] = []
        self._sales: set[int] = set()
        self._by_age: list[int] = []
        self._decoded: dict[int, Product] = {}
        self._made: dict[object, Any] = {}
        self._made_of = -1
        self.codes = {facet: Codes() for facet in FACETS}
        self.attributes = Attributes()
        self._allocate(1024)

    # -- reading -----------------------------------------------------------------------------

    def row(self, sku: str) -> int:
        """The product's row, or -1."""
        return self._row.get(sku, -1)

    def item(self, sku: str) -> int:
        """The row of the product a shopper would name: a variant's parent, or the product itself; or -1."""
        row = self._row.get(sku, -1)
        if row >= 0 and self.parent[row] >= 0:
            return int(self.parent[row])
        return row

    def items(self, skus: Sequence[str]) -> NDArray[np.int32]:
        """`item` of each of many SKUs."""
        rows = np.fromiter(map(self._row.get, skus, repeat(-1)), np.int32, len(skus))
        above = self.parent[rows]
        return np.where((rows >= 0) & (above >= 0), above, rows)

    def product(self, row: int) -> Product:
        """All fields of a row's product."""
        found = self._decoded.get(row)
        if found is None:
            found = decode(self._payloads[row])
            if len(self._decoded) >= _DECODED_MOST:
                self._decoded.clear()
            self._decoded[row] = found
        return found

    def find(self, sku: str) -> Product | None:
        """All fields by SKU; None where the catalog has no such product."""
        row = self._row.get(sku, -1)
        return self.product(row) if row >= 0 and self._payloads[row] else None

    def variants(self, row: int) -> Sequence[int]:
        """Rows of a product's variants."""
        return self._variants.get(row, ())

    def categories(self, row: int) -> tuple[int, ...]:
        """Numbers of all categories of a row, ancestors included."""
        return self._categories[row]

    def attribute(self, name: str) -> Column | None:
        """The column of one of the shop's own attributes; None where no product has it."""
        return self.attributes.column(name, self.variants)

    def category_pairs(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Every row with each of its categories, as two columns."""
        return self.once("category pairs", self._pairs)

    def in_category(self, category: str) -> NDArray[np.bool_]:
        """For each row whether it belongs to a category or to one below it."""
        number = self.codes["category"].find(category)
        masks: dict[int, NDArray[np.bool_]] = self.once("masks", dict)
        if number not in masks:
            if len(masks) >= _MASKS_MOST:
                masks.clear()
            masks[number] = self._mask(number)
        return masks[number]

    def once(self, key: object, make: Callable[[], T]) -> T:
        """Something that follows from the catalog's ``shape`` alone, made once while that stays."""
        if self._made_of != self.shape or len(self._made) >= _MADE_MOST:
            self._made.clear()
            self._made_of = self.shape
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def rows(self, skus: Iterable[str]) -> NDArray[np.int32]:
        """Items (see `item`) of those SKUs the catalog knows, in their order, without repeats."""
        found = dict.fromkeys(self.item(sku) for sku in skus)
        found.pop(-1, None)
        return np.fromiter(found, dtype=np.int32, count=len(found))

    def tops(self) -> NDArray[np.bool_]:
        """Rows that are not variants."""
        return self.parent[: self.size] < 0

    def newest(self) -> NDArray[np.int32]:
        """Rows that are no variants, the newest first; of one age in a fixed, mixed order."""
        return self.once("newest", self._newest)

    # -- changing ----------------------------------------------------------------------------

    def put(self, product: Product, payload: bytes | None = None) -> None:
        """Add a product or replace it."""
        row = self._row.get(product.sku)
        if row is None:
            row = self._new_row(product.sku)
        self._decoded.pop(row, None)
        self._payloads[row] = payload or encode(product)
        self._fill(row, product)
        self.version += 1

    def remove(self, sku: str) -> None:
        """Take a product out; its row stays, unpublished."""
        row = self._row.get(sku)
        if row is None:
            return
        self.shown[row] = False
        self._decoded.pop(row, None)
        self._payloads[row] = b""
        self._settle(row)
        self.version += 1

    def refresh_prices(self, now: int) -> None:
        """Bring ``price`` up to a moment for those whose reduction begins or ends."""
        for row in self._sales:
            if self._payloads[row]:
                before = self.price[row]
                self._price(row, self.product(row), now)
                self.version += int(self.price[row] != before)

    def _new_row(self, sku: str) -> int:
        row = self.size
        if row == len(self.price):
            self._allocate(2 * row)
        self.size += 1
        self.shape += 1
        self.skus.append(sku)
        self._row[sku] = row
        self._payloads.append(b"")
        self._categories.append(())
        for child in self._waiting.pop(sku, ()):
            self._adopt(child, row)
        return row

    def _fill(self, row: int, product: Product) -> None:
        self.currency = self.currency or product.currency
        self.shown[row] = product.published
        self.stock[row] = _UNTRACKED if product.stock is None else min(max(product.stock, 0), _UNTRACKED - 1)
        self.created[row] = product.first_seen
        self.margin[row] = np.nan if product.margin is None else product.margin
        timed = product.sale_price_minor is not None and (product.sale_from or product.sale_to)
        (self._sales.add if timed else self._sales.discard)(row)
        self._price(row, product, product.sale_from)
        self._facets(row, product)
        self._parent(row, product.parent)
        above = int(self.parent[row])
        self.attributes.put(row, product.attributes, family=above >= 0 or row in self._variants)
        if above >= 0 or row in self._variants:
            self.attributes.touch(above if above >= 0 else row)
        self._settle(row)

    def _price(self, row: int, product: Product, now: int) -> None:
        price = product.price_at(now)
        self.price[row] = NO_PRICE if price is None else price
        self.facets["price_band"][row] = self.codes["price_band"].number(price_band(price))

    def _facets(self, row: int, product: Product) -> None:
        codes = self.codes["category"]
        numbers: dict[int, None] = {}
        for path in product.categories:
            parts = path.split("/")
            for depth in range(len(parts), 0, -1):
                numbers[codes.number("/".join(parts[:depth]))] = None
        of_row = tuple(numbers)
        if of_row != self._categories[row]:
            self._categories[row] = of_row
            self.shape += 1
        self._facet("category", row, product.categories[0] if product.categories else "")
        self._facet("brand", row, product.brand)
        for facet in ("color", "gender"):
            value = _one(product.attributes.get(facet), mixed="unisex" if facet == "gender" else "")
            self._facet(facet, row, value)

    def _facet(self, facet: str, row: int, value: str) -> None:
        number = self.codes[facet].number(value)
        if self.facets[facet][row] != number:
            self.facets[facet][row] = number
            self.shape += 1

    def _parent(self, row: int, parent: str) -> None:
        old = int(self.parent[row])
        if old >= 0 and self.skus[old] != parent:
            self._variants[old].remove(row)
            self.attributes.touch(old)
            self.parent[row] = -1
            self.shape += 1
            self._settle(old)
        if parent and self.parent[row] < 0:
            above = self._row.get(parent)
            if above is None:
                self._waiting.setdefault(parent, []).append(row)
            elif above != row:
                self._adopt(row, above)

    def _adopt(self, child: int, row: int) -> None:
        self.parent[child] = row
        self.shape += 1
        self._variants.setdefault(row, []).append(child)
        self.attributes.touch(row)

    def _settle(self, row: int) -> None:
        """Availability of a row and of its parent: a parent is as available as its variants."""
        children = self._variants.get(row)
        stocked = (
            any(self.shown[c] and self.stock[c] > 0 for c in children) if children else self.stock[row] > 0
        )
        self.available[row] = bool(self.shown[row]) and stocked
        above = int(self.parent[row])
        if above >= 0:
            self._settle(above)

    def _pairs(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        counts = np.fromiter(map(len, self._categories), np.int32, self.size)
        rows = np.repeat(np.arange(self.size, dtype=np.int32), counts)
        return rows, np.fromiter(chain.from_iterable(self._categories), np.int32, len(rows))

    def _mask(self, number: int) -> NDArray[np.bool_]:
        return np.fromiter((number in c for c in self._categories), dtype=np.bool_, count=self.size)

    def _newest(self) -> NDArray[np.int32]:
        """A few new rows are put into their places; many, and all is sorted."""
        new = range(len(self._by_age), self.size)
        if len(new) > _FEW:
            self._by_age = sorted(range(self.size), key=self._age)
        else:
            for row in new:
                self._by_age.insert(bisect_left(self._by_age, self._age(row), key=self._age), row)
        rows = np.array(self._by_age, dtype=np.int32)
        mine: NDArray[np.int32] = rows[self.parent[rows] < 0]
        return mine

    def _age(self, row: int) -> tuple[int, float, str]:
        """Of one age (a first import is) they are mixed: by SKU one category would stand in front."""
        return -int(self.created[row]), die("newest", self.skus[row]), self.skus[row]

    def _allocate(self, capacity: int) -> None:
        def grown(name: str, dtype: Any, fill: Any) -> NDArray[Any]:
            new = np.full(capacity, fill, dtype=dtype)
            old = getattr(self, name, None)
            if old is not None:
                new[: self.size] = old[: self.size]
            return new

        self.price: NDArray[np.int64] = grown("price", np.int64, NO_PRICE)
        self.stock: NDArray[np.int32] = grown("stock", np.int32, 0)
        self.created: NDArray[np.int64] = grown("created", np.int64, 0)
        self.margin: NDArray[np.float32] = grown("margin", np.float32, np.nan)
        self.parent: NDArray[np.int32] = grown("parent", np.int32, -1)
        self.shown: NDArray[np.bool_] = grown("shown", np.bool_, False)
        self.available: NDArray[np.bool_] = grown("available", np.bool_, False)
        old_facets = getattr(self, "facets", {})
        self.facets: dict[str, NDArray[np.int32]] = {}
        for facet in FACETS:
            column = np.zeros(capacity, dtype=np.int32)
            if facet in old_facets:
                column[: self.size] = old_facets[facet][: self.size]
            self.facets[facet] = column


class Catalogs:
    """All stores' catalogs, and the log offset they count up to."""

    def __init__(self) -> None:
        self.offset = 0
        self._stores: dict[str, Catalog] = {DEFAULT_STORE: Catalog()}

    def of(self, store: str) -> Catalog:
        """A store's catalog, or the default one where the store has none of its own."""
        return self._stores.get(store) or self._stores[DEFAULT_STORE]

    def put(self, payload: bytes) -> None:
        """A stored row."""
        product = decode(payload)
        self._store(product.store).put(product, payload)

    def apply(self, event: Event) -> None:
        """A catalog event of the log, newer than ``offset``."""
        store, sku = key_of(event)
        catalog = self._store(store)
        product = changed(catalog.find(sku), event)
        if product is None:
            catalog.remove(sku)
        else:
            catalog.put(product)
        self.offset = max(self.offset, event.offset)

    def stores(self) -> list[str]:
        """Names of the stores that have a catalog."""
        return list(self._stores)

    def _store(self, store: str) -> Catalog:
        catalog = self._stores.get(store)
        if catalog is None:
            catalog = self._stores[store] = Catalog(store)
        return catalog


def _one(value: Any, mixed: str) -> str:
    """One value of an attribute: of several the first, or ``mixed`` where that is what several mean."""
    if isinstance(value, (list, tuple)):
        several = {str(each).strip().lower() for each in value if each}
        value = mixed if mixed and len(several) > 1 else next((each for each in value if each), "")
    return str(value or "").strip().lower()


def price_band(price_minor: int | None) -> str:
    """Half octaves of the price: a band's upper end is 1.41 times its lower one, in any currency."""
    if price_minor is None or price_minor <= 0:
        return ""
    return str(int(2 * math.log2(price_minor)))
