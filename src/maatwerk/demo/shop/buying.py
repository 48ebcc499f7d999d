"""The pages one buys in: bag, checkout, order."""

from __future__ import annotations

import re
import secrets
import time
from decimal import Decimal
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from maatwerk.demo.shop.cart import Cart, Priced, is_size, order_event
from maatwerk.demo.shop.keeping import CODE, DAY_SECONDS, FLASH, SESSION
from maatwerk.demo.shop.rendering import Rendering, form_of
from maatwerk.demo.wire import CURRENCY, product_properties

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_FIELDS = {
    "email": "your e-mail address, as in anna@example.com",
    "name": "your name",
    "street": "street and number",
    "postcode": "postcode",
    "city": "town",
}
_LETTERS_MAX = 120
_CODE_LETTERS = 60


class Buying:
    """Handlers of these pages."""

    def __init__(self, rendering: Rendering) -> None:
        self._at = rendering

    async def cart(self, request: Request) -> Response:
        """What is in the bag."""
        cart = self._at.cart(request)
        told = {**_cart_event(cart), "cart_id": cart.id}
        favorites = self._at.shelves.favorites(count=8, without=[line.product["sku"] for line in cart.lines])
        return self._at.page(
            request,
            "cart.html",
            {"type": "cart"},
            tell=[("Cart Viewed", told)] if cart.lines else [],
            favorites=favorites,
            priced=self._at.priced(request, cart),
        )

    async def code(self, request: Request) -> Response:
        """Keep the code she gave, or forget it."""
        form = await form_of(request)
        response = RedirectResponse("/shop/cart#code", 303)
        code = form.get("code", "")[:_CODE_LETTERS]
        if code and form.get("action") != "remove" and code.isascii() and code.isprintable():
            response.set_cookie(CODE, code, max_age=DAY_SECONDS, path="/shop", samesite="lax", httponly=True)
        else:
            response.delete_cookie(CODE, path="/shop", samesite="lax", httponly=True)
        return response

    async def add(self, request: Request) -> Response:
        """One more of a product; a script is answered with JSON, a plain form with the bag."""
        form = await form_of(request)
        product = self._at.shelves.products.get(form.get("sku", ""))
        if product is None:
            raise HTTPException(404)
        size = form.get("size", "")
        script = "application/json" in request.headers.get("accept", "")
        problem = "" if is_size(product, size) else "Please choose a size first."
        if not product["stock"]:
            problem = "This is sold out."
        if problem:
            if script:
                return JSONResponse({"problem": problem}, 409)
            return RedirectResponse(f"{product['url']}?problem=size#buy", 303)
        cart = self._at.cart(request).add(product, size)
        added = {**product_properties(product), "cart_id": cart.id, **({"size": size} if size else {})}
        response: Response
        if script:
            response = JSONResponse({"count": cart.count, "total": float(cart.subtotal), "event": added})
        else:
            response = RedirectResponse("/shop/cart", 303)
            told = {"event": "Product Added", "properties": added}
            self._at.keeper.write(
                response, FLASH, {"tell": [told], "notice": f"{product['name']} is in your bag."}
            )
        self._at.keep_cart(response, cart)
        return response

    async def change(self, request: Request) -> Response:
        """Another quantity of a line, or none."""
        form = await form_of(request)
        sku, _, size = form.get("line", "").partition(".")
        product = self._at.shelves.products.get(sku)
        cart = self._at.cart(request)
        held = {line.key: line.quantity for line in cart.lines}
        response = RedirectResponse("/shop/cart", 303)
        said = form.get("quantity", "")
        if product is None or f"{sku}.{size}" not in held or not (said.isascii() and said.isdigit()):
            return response
        changed = cart.set(product, size, int(said[:3]))
        after = next((line.quantity for line in changed.lines if line.key == f"{sku}.{size}"), 0)
        moved = after - held[f"{sku}.{size}"]
        if moved:
            name = "Product Added" if moved > 0 else "Product Removed"
            properties = {**product_properties(product, abs(moved)), "cart_id": cart.id}
            notice = "" if after else f"{product['name']} is out of your bag."
            happened = {"tell": [{"event": name, "properties": properties}], "notice": notice}
            self._at.keeper.write(response, FLASH, happened)
        self._at.keep_cart(response, changed)
        return response

    async def checkout(self, request: Request) -> Response:
        """Who and where to; on a complete answer the order is placed."""
        cart = self._at.cart(request)
        if not cart.lines:
            return RedirectResponse("/shop/cart", 303)
        if request.method == "POST":
            form = await form_of(request)
            problems = _problems(form)
            if not problems:
                return self._place(request, cart, form)
        else:
            form, problems = {}, {}
        account = self._at.keeper.read(request, SESSION) or {}
        filled = {name: form.get(name, account.get(name, ""))[:_LETTERS_MAX] for name in _FIELDS}
        started = {**_cart_event(cart), "cart_id": cart.id}
        return self._at.page(
            request,
            "checkout.html",
            {"type": "other", "name": "Checkout"},
            tell=[] if problems else [("Checkout Started", started)],
            filled=filled,
            problems=problems,
            priced=self._at.priced(request, cart),
            agreed=form.get("offers") == "yes",
        )

    def _place(self, request: Request, cart: Cart, form: dict[str, str]) -> Response:
        """The order is the shop's own business; the next page tells of it."""
        order_id = f"o-{secrets.token_hex(6)}"
        account = self._at.keeper.read(request, SESSION)
        first, _, last = form["name"].partition(" ")
        happened: dict[str, Any] = {
            "order": order_id,
            "identify": {"email": form["email"], "firstName": first, "lastName": last,
                         "address": {"postalCode": form["postcode"], "city": form["city"]}},
            "email_consent": form.get("offers") == "yes",
        }  # fmt: skip
        if account and account["email"] != form["email"]:
            del happened["identify"]["email"]  # the order goes there; the account keeps its own
        priced = self._at.priced(request, cart, order_id)
        kept = {
            "id": order_id,
            "cart": cart.written(),
            "total": str(priced.total),
            "off": [[words, str(amount)] for words, amount in priced.off],
            "coupon": priced.code["code"] if priced.code and priced.code["accepted"] else "",
            "email": form["email"],
            "at": int(time.time()),
        }
        response = RedirectResponse(f"/shop/order/{order_id}", 303)
        self._at.keeper.write(response, FLASH, happened)
        self._at.keeper.add_order(request, response, kept)
        self._at.keep_cart(response, Cart(cart.id))
        response.delete_cookie(CODE, path="/shop", samesite="lax", httponly=True)
        return response

    async def order(self, request: Request) -> Response:
        """Thanks, and what was bought. The order is told once, right after it was placed."""
        order_id = request.path_params["order_id"]
        orders = {order["id"]: order for order in self._at.keeper.orders(request)}
        if order_id not in orders:
            raise HTTPException(404)
        order = orders[order_id]
        bought = read_order(order, self._at)
        fresh = (self._at.keeper.read(request, FLASH) or {}).get("order") == order_id
        priced = _as_bought(order, bought)
        event = order_event(
            order_id, bought, order["email"], off=priced.discount, coupon=order.get("coupon", "")
        )
        skus = [line.product["sku"] for line in bought.lines]
        return self._at.page(
            request,
            "order.html",
            {"type": "order", "order_id": order_id},
            tell=[("Order Completed", event)] if fresh else [],
            order=order,
            bought=bought,
            priced=priced,
            favorites=self._at.shelves.favorites(count=8, without=skus),
        )


def read_order(order: dict[str, Any], at: Rendering) -> Cart:
    """The lines of a kept order."""
    from maatwerk.demo.shop.cart import read_cart

    return read_cart(order["cart"], at.shelves.products)


def _as_bought(order: dict[str, Any], bought: Cart) -> Priced:
    """What an order cost, from what was kept of it."""
    off = tuple((words, Decimal(amount)) for words, amount in order.get("off", ()))
    return Priced(bought.subtotal, bought.shipping, Decimal(order["total"]), off)


def _cart_event(cart: Cart) -> dict[str, Any]:
    return {"value": float(cart.subtotal), "currency": CURRENCY, "products": cart.event_products()}


def _problems(form: dict[str, str]) -> dict[str, str]:
    """What is missing, by field, in words."""
    problems = {name: f"Please fill in {words}." for name, words in _FIELDS.items() if not form.get(name)}
    if "email" not in problems and not EMAIL.fullmatch(form["email"]):
        problems["email"] = f"Please give {_FIELDS['email']}."
    problems |= {n: "This is too long." for n in _FIELDS if len(form.get(n, "")) > _LETTERS_MAX}
    return problems
