"""The shop as an ASGI application: routes, static files, pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from maatwerk.demo.pictures import hero, picture
from maatwerk.demo.shop.browsing import Browsing
from maatwerk.demo.shop.buying import Buying
from maatwerk.demo.shop.members import Members
from maatwerk.demo.shop.rendering import Price, Rendering, Search

HERE = Path(__file__).parent
_PICTURES_KEPT = 2048
_A_DAY = "public, max-age=86400"


def shop_app(
    products: list[dict[str, Any]],
    categories: Iterable[Mapping[str, Any]],
    *,
    write_key: str,
    endpoint: str = "",
    sign: Callable[[str], str] | None,
    name: str,
    search: Search | None = None,
    price: Price | None = None,
) -> ASGIApp:
    """The shop, to be served at ``/shop``, mounted there or called with the full path.

    ``products`` have the shape of ``PUT /v1/catalog/products`` and are read live: a stock or price that
    changes in one of these dictionaries is on the next page. ``categories`` are ``path``, ``title``,
    ``parent``, ``position``. ``write_key`` and ``endpoint`` go to the browser (``endpoint`` empty: Maatwerk
    answers on the shop's own origin). ``sign`` answers the ``userSignature`` of a user id; without it nobody
    is proven. ``search`` answers searches and orders categories; without it the shop does so itself.
    ``price`` says what a bag costs under the offers in force; without it there are none.
    """
    rendering = Rendering(
        products, categories, write_key, endpoint.rstrip("/"), sign, name, _version(), search, price
    )
    browsing, buying, members = Browsing(rendering), Buying(rendering), Members(rendering)
    routes = [
        Route("/", browsing.home),
        Route("/c/{path:path}", browsing.category),
        Route("/p/{sku}", browsing.product),
        Route("/search", browsing.search),
        Route("/cart", buying.cart),
        Route("/cart/add", buying.add, methods=["POST"]),
        Route("/cart/change", buying.change, methods=["POST"]),
        Route("/cart/code", buying.code, methods=["POST"]),
        Route("/checkout", buying.checkout, methods=["GET", "POST"]),
        Route("/order/{order_id}", buying.order),
        Route("/account", members.account),
        Route("/sign-in", members.sign_in, methods=["POST"]),
        Route("/sign-out", members.sign_out, methods=["POST"]),
        Route("/consent", members.consent, methods=["POST"]),
        Route("/pictures/{sku}.svg", _pictures(rendering.shelves.products)),
        Route("/heroes/{kind}.svg", _heroes()),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    return _Under("/shop", Starlette(routes=routes, exception_handlers={404: rendering.not_found}))


class _Under:
    """Serves an application under a prefix, whether or not a router took the prefix off already."""

    def __init__(self, prefix: str, app: ASGIApp) -> None:
        self._prefix = prefix
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            root: str = scope.get("root_path", "")
            if not root.endswith(self._prefix):
                root += self._prefix
            path: str = scope["path"]
            path = path + "/" if path == root else path
            scope = {**scope, "root_path": root, "path": path}
        await self._app(scope, receive, send)


def _version() -> str:
    """A hash of what is static, so that browsers keep it for as long as it is the same."""
    digest = hashlib.sha256()
    for path in sorted((HERE / "static").iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _pictures(products: Mapping[str, Mapping[str, Any]]) -> Callable[[Request], Awaitable[Response]]:
    @lru_cache(maxsize=_PICTURES_KEPT)
    def drawn(sku: str) -> bytes:
        return picture(products[sku]).encode()

    async def answer(request: Request) -> Response:
        sku = request.path_params["sku"]
        return _svg(request, drawn(sku)) if sku in products else Response(status_code=404)

    return answer


def _heroes() -> Callable[[Request], Awaitable[Response]]:
    drawn = lru_cache(maxsize=16)(lambda kind: hero(kind).encode())

    async def answer(request: Request) -> Response:
        try:
            return _svg(request, drawn(request.path_params["kind"]))
        except (KeyError, ValueError):
            return Response(status_code=404)

    return answer


def _svg(request: Request, body: bytes) -> Response:
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"cache-control": _A_DAY, "etag": tag, "x-content-type-options": "nosniff"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="image/svg+xml", headers=headers)
