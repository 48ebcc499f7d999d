"""The pages one looks around in: home, category, product, search."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from maatwerk.demo.catalog import Product
from maatwerk.demo.shop.finding import Found
from maatwerk.demo.shop.listing import PAGE, SORTS, choice_of, listing
from maatwerk.demo.shop.rendering import LAST_PIECES, Rendering
from maatwerk.demo.shop.shelves import sizes_of
from maatwerk.demo.wire import product_properties

_TILES = 6
_HOME = (
    *("home.for-you", "home.departments", "home.trending", "home.story"),
    *("home.bestsellers", "home.recently-viewed"),
)
"""The parts of the home page below its hero, in the shop's own order."""
_ORDERED = 250
_QUERY_LETTERS = 100


class Browsing:
    """Handlers of these pages."""

    def __init__(self, rendering: Rendering) -> None:
        self._at = rendering
        self._shelves = rendering.shelves

    async def home(self, request: Request) -> Response:
        """Hero, the shopper's own rows, the departments, the shop's favorites."""
        menu, own_order = self._at.menu(request)
        return self._at.page(
            request,
            "home.html",
            {"type": "home"},
            order=self._at.order(request, _HOME),
            first=menu[0].path if own_order else "",
            departments=[(category, self._tiles(category.path)) for category in self._shelves.top()],
            favorites=self._shelves.favorites(count=12),
            newest=self._shelves.newest(count=12),
            trending=self._mixed(12),
        )

    async def category(self, request: Request) -> Response:
        """A grid with filters, below what is picked for this shopper."""
        path = request.path_params["path"].strip("/")
        category = self._shelves.categories.get(path)
        if category is None:
            raise HTTPException(404)
        choice = choice_of(request.query_params.multi_items())
        found = listing(self._ordered(path), choice)
        seen = {"list_id": path, "category": path, "products": _positions(found.products, found.first)}
        return self._at.page(
            request,
            "category.html",
            {"type": "category", "category": path},
            tell=[("Product List Viewed", seen)],
            category=category,
            trail=self._shelves.trail(path),
            below=[self._shelves.categories[child] for child in category.children],
            beside=self._beside(category.parent),
            found=found,
            filtered=choice.filtered,
            sorts=SORTS,
            picked=self._shelves.newest(path, 8),
        )

    async def product(self, request: Request) -> Response:
        """One product, what goes with it, and others like it."""
        product = self._shelves.products.get(request.path_params["sku"])
        if product is None:
            raise HTTPException(404)
        place = product["categories"][0]
        return self._at.page(
            request,
            "product.html",
            {"type": "product", "sku": product["sku"], "category": place},
            tell=[("Product Viewed", product_properties(product))],
            more={"product": product_properties(product)},
            product=product,
            trail=self._shelves.trail(place),
            sizes=sizes_of(product),
            last_pieces=LAST_PIECES,
            look=self._shelves.look(product),
            others=self._shelves.favorites(place, 8, [product["sku"]]),
            alike=self._shelves.alike(product),
        )

    async def search(self, request: Request) -> Response:
        """What the shop's own search finds."""
        query = " ".join(request.query_params.get("q", "").split())[:_QUERY_LETTERS]
        found = self._found(query)
        asked = {"query": query, "query_id": found.query_id}
        shown = found.products[:PAGE]
        skus = [product["sku"] for product in shown]
        answered = {**asked, "results": found.total, "products": _positions(shown, 0)}
        if found.redirect.startswith("/"):
            return RedirectResponse(found.redirect, 302)
        return self._at.page(
            request,
            "search.html",
            {"type": "search", "query": query} if query else {"type": "search"},
            tell=[("Products Searched", asked), ("Search Results Received", answered)] if query else [],
            more={"search": {"query_id": found.query_id, "skus": [p["sku"] for p in shown]}}
            if query
            else None,
            query=query,
            found=found,
            shown=shown,
            favorites=self._shelves.favorites(count=8, without=skus),
        )

    def _found(self, query: str) -> Found:
        """Maatwerk's answer, else what the shop finds by itself."""
        answer = self._at.asked(q=query, per_page=PAGE * 2) if query else None
        if answer is None:
            own = self._at.finder.find(query)
            query_id = f"q-{secrets.token_hex(8)}" if query else ""
            return replace(own, query_id=query_id, total=len(own.products))
        applied = answer["applied"]
        return Found(
            self._at.known(answer["hits"]),
            applied.get("corrected", ""),
            "relaxed" in applied,
            answer["query_id"],
            answer["total"],
            applied.get("redirect", ""),
            applied.get("banner"),
        )

    def _ordered(self, path: str) -> list[Product]:
        """A category's products in Maatwerk's order, with the merchant's rules; the rest comes last."""
        shelf = self._shelves.under(path)
        answer = self._at.asked(category=path, per_page=_ORDERED, facets=[])
        if answer is None:
            return shelf
        place = {hit["sku"]: rank for rank, hit in enumerate(answer["hits"])}
        return sorted(shelf, key=lambda product: place.get(product["sku"], len(place)))

    def _tiles(self, path: str) -> list[tuple[Any, Product]]:
        """The sub-categories of a department, each with a product that stands for it."""
        children = self._shelves.categories[path].children or (path,)
        tiles = []
        for child in children[:_TILES]:
            favorites = self._shelves.favorites(child, 1)
            if favorites:
                tiles.append((self._shelves.categories[child], favorites[0]))
        return tiles

    def _beside(self, parent: str | None) -> list[Any]:
        children = self._shelves.categories[parent].children if parent else ()
        return [self._shelves.categories[child] for child in children]

    def _mixed(self, count: int) -> list[Product]:
        """Something of every department in turn."""
        lists = [self._shelves.favorites(category.path, count) for category in self._shelves.top()]
        mixed = [products[row] for row in range(count) for products in lists if row < len(products)]
        return mixed[3 : 3 + count]


def _positions(products: list[Product], before: int) -> list[dict[str, Any]]:
    return [
        {"product_id": product["sku"], "sku": product["sku"], "position": position}
        for position, product in enumerate(products, before + 1)
    ]
