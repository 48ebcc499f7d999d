"""What the shop keeps in the browser, signed: who is signed in, the last orders, what has just happened."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

SESSION, ORDERS, FLASH, CART, CODE = "shop_session", "shop_orders", "shop_flash", "shop_cart", "shop_code"
CONSENT, MENU, RIBBON, LAYOUT = "shop_consent", "shop_menu", "shop_ribbon", "shop_layout"
"""These the page's script writes too."""

DAY_SECONDS = 86_400
_SECONDS = {SESSION: 30 * DAY_SECONDS, ORDERS: 180 * DAY_SECONDS, FLASH: 300}
_ORDERS_KEPT = 5
_COOKIE_LETTERS = 3600  # browsers refuse a cookie of 4 KiB

PURPOSES = ("storage", "analytics", "personalization", "advertising")


class Keeper:
    """Reads and writes the shop's signed cookies.

    The signing secret comes from ``sign`` under a name that can be no user id, so that sign-ins outlive a
    restart where Maatwerk's secret does; without ``sign`` it is new each time.
    """

    def __init__(self, sign: Callable[[str], str] | None) -> None:
        secret = sign("shop/cookies") if sign else secrets.token_hex(32)
        self._signer = URLSafeTimedSerializer(secret, signer_kwargs={"digest_method": hashlib.sha256})

    def read(self, request: Request, name: str) -> Any:
        """The value of a signed cookie, None where it is missing, too old or not ours."""
        try:
            return self._signer.loads(request.cookies.get(name, ""), max_age=_SECONDS[name], salt=name)
        except BadData:
            return None

    def write(self, response: Response, name: str, value: Any) -> None:
        """Keep a value under a name, signed; None takes it away."""
        if value is None:
            response.delete_cookie(name, path="/shop", samesite="lax", httponly=True)
            return
        text = str(self._signer.dumps(value, salt=name))
        response.set_cookie(name, text, max_age=_SECONDS[name], path="/shop", httponly=True, samesite="lax")

    def orders(self, request: Request) -> list[dict[str, Any]]:
        """The last orders of this browser, newest first."""
        return self.read(request, ORDERS) or []

    def add_order(self, request: Request, response: Response, order: Mapping[str, Any]) -> None:
        """Keep an order with the last few, as many as a cookie holds."""
        orders = [dict(order), *self.orders(request)][:_ORDERS_KEPT]
        while len(orders) > 1 and len(str(self._signer.dumps(orders, salt=ORDERS))) > _COOKIE_LETTERS:
            orders.pop()
        self.write(response, ORDERS, orders)


def account_of(name: str, email: str) -> dict[str, str]:
    """An account of the demo: the same e-mail is the same account."""
    digest = hashlib.sha256(email.lower().encode()).hexdigest()
    return {"id": f"u-{digest[:12]}", "name": name, "email": email}


def consent_of(request: Request) -> dict[str, bool] | None:
    """What the shopper answered to the privacy question; None before she did."""
    said = request.cookies.get(CONSENT)
    if said is None:
        return None
    granted = set(said.split("."))
    return {purpose: purpose in granted for purpose in PURPOSES}


def keep_consent(response: Response, granted: set[str]) -> None:
    """Keep the answer, a refusal as well: so that nobody is asked twice."""
    known = [purpose for purpose in PURPOSES if purpose in granted] if "storage" in granted else []
    value = ".".join(known) or "none"
    response.set_cookie(CONSENT, value, max_age=180 * DAY_SECONDS, path="/shop", samesite="lax")
    if "personalization" not in known:
        response.delete_cookie(MENU, path="/shop", samesite="lax")
        response.delete_cookie(LAYOUT, path="/shop", samesite="lax")
