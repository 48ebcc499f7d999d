"""The catalog: find a product, see its price and stock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.catalog.words import Product

_PAGE = 40
_FEW = 5
FILTERS = ("all", "available", "sold-out", "hidden")


class ProductPages:
    """The routes of the catalog."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering
        self._names: tuple[int, list[tuple[int, str]]] = (-1, [])

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [("/catalog", self.search, "GET"), ("/catalog/{sku:path}", self.show, "GET")]

    async def search(self, request: Request) -> Response:
        """Products whose name, brand, category or SKU has all the words."""
        query = request.query_params.get("q", "").strip()[:200]
        kind = request.query_params.get("show", "all")
        kind = kind if kind in FILTERS else "all"
        asked = request.query_params.get("page", "1")
        page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
        rows, counts = await asyncio.to_thread(self._found, query, kind)
        start = (max(page, 1) - 1) * _PAGE
        things = await asyncio.to_thread(self._things, rows[start : start + _PAGE])
        return self._rendering.page(
            request,
            "catalog.html",
            section="catalog",
            query=query,
            kind=kind,
            filters=FILTERS,
            counts=counts,
            total=len(rows),
            things=things,
            page=max(page, 1),
            pages=max(1, -(-len(rows) // _PAGE)),
            few=_FEW,
        )

    async def show(self, request: Request) -> Response:
        """One product with its variants."""
        sku = request.path_params["sku"]
        catalog = self._access.catalog
        product = catalog.find(sku)
        if product is None:
            return self._rendering.not_found(request, Exception())
        variants = [catalog.product(row) for row in catalog.variants(catalog.row(sku))]
        now = self._access.now()
        return self._rendering.page(
            request,
            "product.html",
            section="catalog",
            product=product,
            now=now,
            available=bool(catalog.available[catalog.row(sku)]),
            variants=variants,
            few=_FEW,
        )

    def _found(self, query: str, kind: str) -> tuple[list[int], dict[str, int]]:
        catalog = self._access.catalog
        wanted = query.lower().split()
        rows = [row for row, text in self._named(catalog) if all(word in text for word in wanted)]
        groups = {
            "all": rows,
            "available": [row for row in rows if catalog.available[row]],
            "sold-out": [row for row in rows if catalog.shown[row] and not catalog.available[row]],
            "hidden": [row for row in rows if not catalog.shown[row]],
        }
        return groups[kind], {name: len(group) for name, group in groups.items()}

    def _named(self, catalog: Catalog) -> list[tuple[int, str]]:
        """Rows of products (not variants) with their words, read again when the catalog has changed."""
        version, names = self._names
        if version != catalog.version:
            version, names = catalog.version, []
            for row in range(catalog.size):
                product = catalog.find(catalog.skus[row])
                if product is not None and catalog.parent[row] < 0:
                    words = (product.name, product.sku, product.brand, *product.categories)
                    names.append((row, " ".join(words).lower()))
            names.sort(key=lambda pair: pair[1])
            self._names = (version, names)
        return names

    def _things(self, rows: list[int]) -> list[dict[str, Any]]:
        catalog, now = self._access.catalog, self._access.now()
        return [self._thing(catalog, row, catalog.product(row), now) for row in rows]

    def _thing(self, catalog: Catalog, row: int, product: Product, now: int) -> dict[str, Any]:
        variants = catalog.variants(row)
        stocks = [catalog.product(each).stock for each in variants] if variants else [product.stock]
        prices = [int(catalog.price[each]) for each in variants if catalog.price[each] >= 0]
        own = product.price_at(now)
        return {
            "product": product,
            "price": min(prices) if own is None and prices else own,
            "from": own is None and len(set(prices)) > 1,
            "stock": None if None in stocks else sum(stock or 0 for stock in stocks),
            "available": bool(catalog.available[row]),
            "shown": bool(catalog.shown[row]),
            "variants": len(variants),
        }
