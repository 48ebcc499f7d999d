"""`/v1/catalog/products`: put, change, delete and read products, with the secret key."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.limits import BATCH_EVENTS
from maatwerk.core.money import Money
from maatwerk.core.time import format_time
from maatwerk.flows.put_products import Current, change_product, delete_product, put_products
from maatwerk.flows.record import Recording
from maatwerk.surfaces.http.request import Request, read_json
from maatwerk.surfaces.http.response import Response, json_response, problem
from maatwerk.surfaces.http.routes import Access, Routes
from maatwerk.views.catalog.words import DEFAULT_STORE, Product


class Products(msgspec.Struct):
    """The body of a PUT."""

    products: list[msgspec.Raw]


_PRODUCTS = msgspec.json.Decoder(Products)


def add_catalog(routes: Routes, recording: Recording, current: Current | None) -> None:
    """Serve the catalog's routes; ``current`` looks a product up, as of now."""

    async def put(request: Request) -> Response:
        said: Products = read_json(await request.body(), _PRODUCTS)
        if not 0 < len(said.products) <= BATCH_EVENTS:
            raise Refused(
                "products_missing" if not said.products else "too_many_products",
                f"a request has 1 to {BATCH_EVENTS} products",
                field="products",
                status=413 if said.products else 400,
            )
        recorded = await put_products(recording, said.products)
        if recorded.accepted:
            return json_response({"success": True} | recorded.wire())
        first = recorded.rejected[0]
        detail = f"every product was refused; the first: {first.detail}"
        return problem(400, "all_rejected", detail, first.field, success=False, **recorded.wire())

    async def change(request: Request) -> Response:
        fields = await request.json()
        if isinstance(fields, dict) and request.query.get("store"):
            fields.setdefault("store", request.query["store"])
        content = await change_product(recording, request.params["sku"], fields, current)
        return json_response({"success": True} | content)

    async def delete(request: Request) -> Response:
        store = request.query.get("store") or DEFAULT_STORE
        if current is not None and await asyncio.to_thread(current, store, request.params["sku"]) is None:
            return _unknown(request.params["sku"])
        await delete_product(recording, request.params["sku"], store)
        return json_response({"success": True, "sku": request.params["sku"], "store": store})

    async def get(request: Request) -> Response:
        sku = request.params["sku"]
        product = None
        if current is not None:
            store = request.query.get("store") or DEFAULT_STORE
            product = await asyncio.to_thread(current, store, sku)
        return json_response(wire(product)) if product is not None else _unknown(sku)

    routes.add("PUT|POST", "/v1/catalog/products", put, Access.SECRET)
    routes.add("PATCH", "/v1/catalog/products/{sku}", change, Access.SECRET)
    routes.add("DELETE", "/v1/catalog/products/{sku}", delete, Access.SECRET)
    routes.add("GET", "/v1/catalog/products/{sku}", get, Access.SECRET)


def wire(product: Product) -> dict[str, Any]:
    """A product as the API shows it: money with its currency, times in RFC 3339."""
    shown: dict[str, Any] = {
        name: getattr(product, name)
        for name in (
            "sku", "store", "parent", "name", "description", "categories", "brand", "url", "images", "stock",
            "attributes", "margin", "published", "related",
        )
    }  # fmt: skip
    shown["parent"] = product.parent or None
    shown["currency"] = product.currency or None
    for name, minor in (("price", product.price_minor), ("sale_price", product.sale_price_minor)):
        shown[name] = None if minor is None else Money(minor, product.currency).wire()
    for name, at in (("sale_from", product.sale_from), ("sale_to", product.sale_to)):
        shown[name] = format_time(at) if at else None
    return shown


def _unknown(sku: str) -> Response:
    return problem(404, "product_not_known", f"the catalog has no product {sku[:80]!r}", "sku")
