"""Account and privacy: sign in, sign out, orders of this browser, what may be kept."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from maatwerk.demo.shop.buying import EMAIL, read_order
from maatwerk.demo.shop.keeping import FLASH, LAYOUT, MENU, PURPOSES, SESSION, account_of, keep_consent
from maatwerk.demo.shop.rendering import Rendering, form_of

_LETTERS_MAX = 80


class Members:
    """Handlers of these pages."""

    def __init__(self, rendering: Rendering) -> None:
        self._at = rendering

    async def account(self, request: Request) -> Response:
        """Sign in, or who is signed in; orders; privacy."""
        orders = [(order, read_order(order, self._at)) for order in self._at.keeper.orders(request)]
        return self._at.page(
            request,
            "account.html",
            {"type": "other", "name": "Account"},
            orders=orders,
            problem=request.query_params.get("problem") == "email",
        )

    async def sign_in(self, request: Request) -> Response:
        """Any name and e-mail address is an account of the demo; there is no password to know."""
        form = await form_of(request)
        email, name = form.get("email", ""), form.get("name", "")[:_LETTERS_MAX]
        if not EMAIL.fullmatch(email) or len(email) > _LETTERS_MAX:
            return RedirectResponse("/shop/account?problem=email", 303)
        account = account_of(name or email.partition("@")[0], email)
        response = RedirectResponse(_inside(form.get("back", "")), 303)
        happened = {
            "signed_in": True,
            "identify": {
                "email": email,
                "firstName": account["name"].partition(" ")[0],
                "lastName": account["name"].partition(" ")[2],
            },
            "email_consent": form.get("offers") == "yes",
            "notice": "You are signed in.",  # her name is for who is known here; see `static/taste.js`
        }
        self._at.keeper.write(response, SESSION, account)
        self._at.keeper.write(response, FLASH, happened)
        return response

    async def sign_out(self, request: Request) -> Response:
        """The next page says that nobody is signed in, and personal answers end."""
        response = RedirectResponse("/shop/account", 303)
        self._at.keeper.write(response, SESSION, None)
        self._at.keeper.write(response, FLASH, {"notice": "You are signed out."})
        response.delete_cookie(MENU, path="/shop", samesite="lax")
        response.delete_cookie(LAYOUT, path="/shop", samesite="lax")
        return response

    async def consent(self, request: Request) -> Response:
        """The answer to the privacy question, for browsers without a script."""
        form = await form_of(request)
        answer = form.get("answer", "")
        granted = {purpose for purpose in PURPOSES if answer == "all" or form.get(purpose) == "yes"}
        response = RedirectResponse(_inside(form.get("back", "")), 303)
        keep_consent(response, set() if answer == "necessary" else granted)
        return response


def _inside(address: str) -> str:
    """The address, where it is a page of this shop."""
    parts = urlsplit(address)
    inside = not parts.scheme and not parts.netloc and (parts.path + "/").startswith("/shop/")
    return address if inside and "\\" not in address else "/shop/account"
