"""What a worker serves beside the API: the console, and in the demo the shop and its mail."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from maatwerk.app.claiming import offering_of
from maatwerk.app.erasing import asking
from maatwerk.app.judging import asking_of
from maatwerk.app.parts import Parts
from maatwerk.app.reporting import accounts_of, reporting_of
from maatwerk.app.retention import periods_of
from maatwerk.app.searching import searching_of
from maatwerk.flows.claim import CartRedeem, settle
from maatwerk.flows.erase import DONE, PENDING
from maatwerk.flows.export import Exporting
from maatwerk.flows.price_cart import price_cart, reserve_cart
from maatwerk.flows.read_cart import CartAsk
from maatwerk.flows.record import Asked
from maatwerk.flows.search import SearchAsk, search
from maatwerk.surfaces.console import ConsoleAccess, console_app

SIMULATED = ("a-", "u-")
"""How the ids of the demo's simulated shoppers begin; a browser's are random."""

TRUTH = "demo-truth.json"
MAIL = "demo-mail"
DEMO = "MAATWERK_DEMO"
"""Set for the processes of `maatwerk demo`: the shop is served too, and the console is open on loopback."""


class Site:
    """Passes a path to the application that serves its first part; nothing else is here."""

    def __init__(self, mounts: dict[str, ASGIApp], front: str) -> None:
        self._mounts = mounts
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry. Applications see the full path, with their part of it as ``root_path``."""
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        for prefix, app in self._mounts.items():
            if path == prefix or path.startswith(f"{prefix}/"):
                await app({**scope, "root_path": scope.get("root_path", "") + prefix}, receive, send)
                return
        if path == "/" and self._front:
            await RedirectResponse(self._front, 302)(scope, receive, send)
            return
        await _not_found(path)(scope, receive, send)


def site_of(parts: Parts) -> Site:
    """The applications of one worker."""
    demo = os.environ.get(DEMO) == "1"
    mounts: dict[str, ASGIApp] = {"/console": console_app(_access(parts, demo=demo))}
    if demo:
        # Whoever tries the demo is to see it; the holdout is for the simulated shoppers.
        parts.deciding.exempt = lambda unit: not unit.startswith(SIMULATED)
        mounts["/shop"] = _shop(parts)
        mounts["/demo/mail"] = _mail(parts)
    return Site(mounts, "/shop" if demo else "/console")


def _access(parts: Parts, *, demo: bool) -> ConsoleAccess:
    """What the console may use. Only the demo's, on this machine, is open without a key."""
    projector = parts.projector()

    def lag() -> Mapping[str, Any]:
        found = projector.lag(parts.clock())
        return {"lag_seconds": round(found.seconds, 3), "lag_events": found.offsets}

    return ConsoleAccess(
        name=parts.settings.name,
        currency=parts.settings.currency,
        deciding=parts.deciding,
        reporting=reporting_of(parts),
        accounts=accounts_of(parts),
        answers=parts.records,
        write_key=lambda: parts.keys.write_key,
        address=parts.settings.public_url,
        offering=offering_of(parts),
        keys=parts.keys,
        signing_secret=lambda: parts.keys.signing_secret,
        sealed=parts.models.read,
        lag=lag,
        searching=searching_of(parts),
        asking=asking_of(parts),
        exporting=Exporting(parts.log, parts.log, parts.store, lambda: parts.deciding.belonging.signals),
        kept_days=periods_of(parts.settings).told(),
        erasures=lambda: {
            "done": len(parts.records.items(DONE)),
            "pending": len(parts.records.items(PENDING)),
        },
        sizes=parts.workspace.sizes,
        truth=lambda: read_truth(parts.workspace.folder) if demo else None,
        open_access=demo,
        stopping=lambda: parts.stopping(),
        erasing=asking(parts),
        shop_url="/shop" if demo else parts.settings.shop_url,
    )


def read_truth(folder: Path) -> Mapping[str, Any] | None:
    """What the simulation knows to be true of its live traffic so far."""
    try:
        truth: dict[str, Any] = msgspec.json.decode((folder / TRUTH).read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
    return truth


def _mail(parts: Parts) -> ASGIApp:
    from maatwerk.demo.mail import mail_app

    return mail_app(parts.workspace.folder / MAIL)


def _shop(parts: Parts) -> ASGIApp:
    from maatwerk.demo.brands import SHOP_NAME
    from maatwerk.demo.catalog import catalog, categories
    from maatwerk.demo.shop import shop_app

    return shop_app(
        catalog(),
        categories(),
        write_key=parts.keys.write_key,
        sign=signer(parts),
        name=SHOP_NAME,
        search=_search(parts),
        price=_price(parts),
    )


def _search(parts: Parts) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Asks as the shop's own server would, of nobody in particular: who looks is known to her browser."""
    searching = searching_of(parts)

    def answer(said: Mapping[str, Any]) -> Mapping[str, Any]:
        asked = Asked(proven=False, context={})
        return search(searching, msgspec.convert(said, SearchAsk), asked, signed=False)

    return answer


def _price(parts: Parts) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """What a bag costs; with an ``order_id`` what it rests on is spent, as the shop's own server would."""
    offering = offering_of(parts)

    def answer(said: Mapping[str, Any]) -> Mapping[str, Any]:
        order = said.get("order_id")
        ask = msgspec.convert({name: each for name, each in said.items() if name != "order_id"}, CartAsk)
        asked = Asked(proven=True, context={})
        if not order:
            return price_cart(offering, ask, asked, signed=False)
        found = reserve_cart(offering, ask, asked, signed=False)
        settle(offering.minting, CartRedeem(ask.cart.id, order))
        return found

    return answer


def signer(parts: Parts) -> Callable[[str], str]:
    """Signs a user id as the shop's own server would."""
    secret = parts.keys.signing_secret.encode()
    return lambda user: hmac.new(secret, user.encode(), sha256).hexdigest()


def _not_found(path: str) -> Response:
    detail = {"status": 404, "code": "no_such_route", "detail": f"nothing is served at {path[:200]}"}
    return JSONResponse(detail, 404, media_type="application/problem+json")
