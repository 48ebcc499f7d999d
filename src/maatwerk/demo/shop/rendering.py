"""From what a page knows to HTML, with what its script is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from maatwerk.demo.brands import SHADES, TAGLINE
from maatwerk.demo.catalog import selling_price
from maatwerk.demo.shop.cart import Cart, Priced, read_cart, with_offers, without_offers
from maatwerk.demo.shop.finding import Finder
from maatwerk.demo.shop.keeping import (
    CART,
    CODE,
    DAY_SECONDS,
    FLASH,
    LAYOUT,
    MENU,
    RIBBON,
    SESSION,
    Keeper,
    consent_of,
)
from maatwerk.demo.shop.shelves import Category, Shelves, is_new
from maatwerk.demo.wire import CURRENCY

_FORM_BYTES = 16_384
Search = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""A search as ``POST /v1/search`` takes it, to its answer."""
Price = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""A bag as ``POST /v1/cart/evaluate`` takes it, to its answer; with ``order_id`` it is bought."""
LAST_PIECES = 3
"""As many or fewer in stock, and the shop says so."""


class Rendering:
    """What every page shares: the shelves, the finder, the cookies, the templates."""

    def __init__(
        self,
        products: list[dict[str, Any]],
        categories: Iterable[Mapping[str, Any]],
        write_key: str,
        endpoint: str,
        sign: Callable[[str], str] | None,
        name: str,
        version: str,
        search: Search | None = None,
        price: Price | None = None,
    ) -> None:
        self.shelves = Shelves(products, categories)
        self.finder = Finder(products)
        self._search = search
        self._price = price
        self.keeper = Keeper(sign)
        self._write_key = write_key
        self._endpoint = endpoint
        self._sign = sign
        environment = Environment(
            loader=PackageLoader("maatwerk.demo.shop"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        environment.filters.update(money=money, json=_json, reduced=reduced, badge=badge, hex=shade_hex)
        environment.globals.update(shop_name=name, tagline=TAGLINE, version=version, endpoint=endpoint)
        self._environment = environment

    def asked(self, **said: Any) -> Mapping[str, Any] | None:
        """Maatwerk's answer to a search; None where the shop has to do without."""
        return self._search(said) if self._search is not None else None

    def priced(self, request: Request, cart: Cart, order_id: str = "") -> Priced:
        """What a bag costs, with the code she gave."""
        code = request.cookies.get(CODE, "")
        if self._price is None or not cart.lines:
            return without_offers(cart)
        account = self.keeper.read(request, SESSION)
        said: dict[str, Any] = {
            "cart": {**cart.for_decision(), "shipping": str(cart.shipping), "currency": CURRENCY},
            "codes": [code] if code else [],
            **({"userId": account["id"]} if account else {}),
            **({"order_id": order_id} if order_id else {}),
        }
        return with_offers(self._price(said))

    def known(self, hits: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The shop's own products of hits."""
        found = (self.shelves.products.get(hit["sku"]) for hit in hits)
        return [product for product in found if product is not None]

    def cart(self, request: Request) -> Cart:
        """The bag of this browser."""
        return read_cart(request.cookies.get(CART, ""), self.shelves.products)

    def keep_cart(self, response: Response, cart: Cart) -> None:
        """Keep the bag; an empty one is forgotten."""
        if cart.lines:
            response.set_cookie(
                CART, cart.written(), max_age=30 * DAY_SECONDS, path="/shop", samesite="lax", httponly=True
            )
        else:
            response.delete_cookie(CART, path="/shop", samesite="lax", httponly=True)

    def menu(self, request: Request) -> tuple[list[Category], bool]:
        """The top categories, and whether their order is the shopper's own as her last page knew it."""
        top = self.shelves.top()
        consent = consent_of(request) or {}
        said = request.cookies.get(MENU, "").split(".") if consent.get("personalization") else []
        wanted = [path for path in said if path in self.shelves.categories]
        rank = {path: place for place, path in enumerate(wanted)}
        return sorted(top, key=lambda category: rank.get(category.path, len(rank))), bool(wanted)

    def order(self, request: Request, own: tuple[str, ...]) -> list[str]:
        """The parts of a page in the order that her last page was told, else in the shop's own."""
        consent = consent_of(request) or {}
        said = request.cookies.get(LAYOUT, "").split("!") if consent.get("personalization") else []
        wanted = [part for part in said if part in own]
        return [*wanted, *(part for part in own if part not in wanted)]

    def page(
        self,
        request: Request,
        template: str,
        about: Mapping[str, Any],
        *,
        tell: Iterable[tuple[str, Mapping[str, Any]]] = (),
        more: Mapping[str, Any] | None = None,
        status: int = 200,
        **values: Any,
    ) -> Response:
        """A page. ``about`` is the decision's ``context.page``, ``tell`` the events its script tells,
        ``more`` further words for the script.
        """
        cart = self.cart(request)
        account = self.keeper.read(request, SESSION)
        happened = self.keeper.read(request, FLASH) or {}
        menu, own_order = self.menu(request)
        consent = consent_of(request)
        script = {
            "writeKey": self._write_key,
            "endpoint": self._endpoint or None,
            "page": about,
            "cart": cart.for_decision(),
            "consent": consent,
            "userId": account["id"] if account else None,
            "userSignature": self._sign(account["id"]) if account and self._sign else None,
            "tell": [{"event": event, "properties": properties} for event, properties in tell],
            "happened": happened,
            **(more or {}),
        }
        html = self._environment.get_template(template).render(
            cart=cart,
            account=account,
            happened=happened,
            menu=menu,
            own_order=own_order,
            consent=consent,
            ribbon=RIBBON not in request.cookies,
            script=script,
            page_type=about.get("type", "other"),
            **values,
        )
        response = HTMLResponse(html, status, headers=_headers(self._endpoint))
        if happened:
            self.keeper.write(response, FLASH, None)
        return response

    async def not_found(self, request: Request, _: Exception) -> Response:
        """The page for what is not there, with a way on."""
        favorites = self.shelves.favorites(count=8)
        return self.page(request, "missing.html", {"type": "other"}, status=404, favorites=favorites)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of an ordinary form, at most 16 KiB; the first of a name counts."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_BYTES:
            return {}
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=100)
    return {name: value.strip() for name, value in reversed(pairs)}


def money(amount: Any) -> str:
    """``€59`` or ``€4.95``."""
    exact = Decimal(str(amount)).quantize(Decimal("0.01"))
    return f"€{exact:,.0f}" if exact == exact.to_integral_value() else f"€{exact:,.2f}"


def reduced(product: Mapping[str, Any]) -> bool:
    """Whether it is sold below its price."""
    return Decimal(selling_price(product)) < Decimal(str(product["price"]))


def badge(product: Mapping[str, Any]) -> str:
    """One word or two on its picture."""
    if not product["stock"]:
        return "Sold out"
    if reduced(product):
        share = 1 - Decimal(selling_price(product)) / Decimal(str(product["price"]))
        return f"−{round(100 * share)} %"
    return "New" if is_new(product) else ""


def shade_hex(product: Mapping[str, Any]) -> str:
    """The shade it is made in, as ``#rrggbb``."""
    return SHADES[product["attributes"]["shade"]][1]


def _json(value: Any) -> Markup:
    """JSON that may stand inside a script element."""
    text = msgspec.json.encode(value).decode()
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def _headers(endpoint: str) -> dict[str, str]:
    origin = "/".join(endpoint.split("/")[:3])
    policy = (
        f"default-src 'self'; script-src 'self' {origin}; connect-src 'self' {origin}; "
        f"img-src 'self' data: {origin}; style-src 'self' 'unsafe-inline'; base-uri 'self'; "
        "form-action 'self'; object-src 'none'; frame-ancestors 'self'"
    )
    return {
        "content-security-policy": policy,
        "cache-control": "no-store",
        "referrer-policy": "strict-origin-when-cross-origin",
        "x-content-type-options": "nosniff",
    }
