"""A small shop in a real workspace, with its console asked in process."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import msgspec

from maatwerk.app.claiming import offering_of
from maatwerk.app.erasing import asking
from maatwerk.app.parts import Parts, open_parts
from maatwerk.app.reporting import reporting_of
from maatwerk.app.retention import periods_of
from maatwerk.app.searching import searching_of
from maatwerk.app.starting import make_workspace
from maatwerk.core.time import DAY, HOUR, MINUTE, format_time
from maatwerk.engines.argon2.passwords import Passwords
from maatwerk.flows.accounts import Accounts
from maatwerk.flows.decide import Ask, decide
from maatwerk.flows.export import Exporting
from maatwerk.flows.put_products import put_products
from maatwerk.flows.record import Asked, Recorded, record
from maatwerk.flows.report import REPORTS
from maatwerk.surfaces.console import ConsoleAccess, console_app

SECRET, WRITE = "sk_console", "wk_console"
HOSTILE = "<img src=x onerror=alert(1)>\"'<script>alert(2)</script>"
_TOKEN = re.compile(r'name="token" value="([^"]+)"')


class Shop:
    """The workspace, open; ``tell`` and ``decide`` make things happen, ``get`` and ``post`` ask."""

    def __init__(self, folder: Path, *, open_access: bool = False, holdout: float = 0.1) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "maatwerk.toml").write_text(
            f'name = "A shop"\ncurrency = "EUR"\nholdout_share = {holdout}\n'
            f'secret_key = "{SECRET}"\nwrite_key = "{WRITE}"\n',
            encoding="utf-8",
        )
        make_workspace(folder)
        self.parts: Parts = open_parts(folder, projects=True)
        self.parts.knowledge.load()
        weak = Passwords(time_cost=1, memory_kib=64)  # a real hash, made in no time
        self.accounts = Accounts(self.parts.records, weak, self.parts.clock, os.urandom)
        self.app = console_app(self.access(open_access))
        self.cookies: dict[str, str] = {}

    def access(self, open_access: bool) -> ConsoleAccess:
        parts, projector = self.parts, self.parts.projector()

        def lag() -> dict[str, float]:
            found = projector.lag(parts.clock())
            return {"lag_seconds": found.seconds, "lag_events": found.offsets}

        return ConsoleAccess(
            name=parts.settings.name,
            currency=parts.settings.currency,
            deciding=parts.deciding,
            reporting=reporting_of(parts),
            accounts=self.accounts,
            answers=parts.records,
            write_key=lambda: parts.keys.write_key,
            offering=offering_of(parts),
            keys=parts.keys,
            signing_secret=lambda: parts.keys.signing_secret,
            sealed=parts.models.read,
            lag=lag,
            exporting=Exporting(parts.log, parts.log, parts.store, lambda: parts.deciding.belonging.signals),
            kept_days=periods_of(parts.settings).told(),
            sizes=lambda: {"log": 1_234_567},
            open_access=open_access,
            searching=searching_of(parts),
            erasing=asking(parts),
        )

    # -- what happens ------------------------------------------------------------------------

    def products(self, *products: dict[str, Any]) -> Recorded:
        return asyncio.run(put_products(self.parts.recording, [_raw(product) for product in products]))

    def tell(self, *messages: dict[str, Any], proven: bool = False) -> Recorded:
        told = asyncio.run(
            record(self.parts.recording, [_raw(each) for each in messages], Asked(proven=proven))
        )
        self.fold()
        return told

    def fold(self) -> None:
        projector = self.parts.projector()
        while projector.run_once():
            pass

    def decide(self, anonymous_id: str, page: dict[str, str], **more: Any) -> dict[str, Any]:
        ask = msgspec.convert({"anonymousId": anonymous_id, "context": {"page": page}, **more}, Ask)
        answer = asyncio.run(decide(self.parts.deciding, ask, Asked(), signed=False))
        self.parts.log.close()  # what is queued is written
        self.parts.log.start()
        return answer

    def seen(self, anonymous_id: str, sku: str, ago: int = MINUTE, **more: Any) -> dict[str, Any]:
        said = more.pop("properties", {})
        return {
            "type": "track",
            "event": more.pop("event", "Product Viewed"),
            "anonymousId": anonymous_id,
            "timestamp": format_time(self.parts.clock() - ago),
            "properties": {"sku": sku, **said},
            **more,
        }

    # -- what the console says -----------------------------------------------------------------

    def ask(
        self, method: str, path: str, *, host: str = "127.0.0.1:8080", client: str = "127.0.0.1", **more: Any
    ) -> httpx.Response:
        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=(client, 5000))
            async with httpx.AsyncClient(
                transport=transport, base_url=f"http://{host}", cookies=self.cookies, timeout=30
            ) as asking:
                headers = {"accept": "text/html", **more.pop("headers", {})}
                response = await asking.request(method, path, headers=headers, **more)
                self.cookies.update(asking.cookies)
                return response

        return asyncio.run(call())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, page: str, **fields: str) -> httpx.Response:
        """Send a form of a page, with its token."""
        token = _TOKEN.search(self.get(page).text)
        assert token, f"{page} has no form"
        return self.ask("POST", path, data={"token": token.group(1), **fields})

    def sign_in(self, key: str = SECRET, **more: Any) -> httpx.Response:
        return self.ask("POST", "/console/sign-in", data={"key": key}, **more)

    def close(self) -> None:
        self.parts.close()


class Elements(HTMLParser):
    """What a browser would make of a page: elements with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def harmful(self) -> list[tuple[str, dict[str, str | None]]]:
        """Inline scripts, inline styles, handlers, and addresses that run."""
        return [
            (tag, attributes)
            for tag, attributes in self.found
            if (tag == "script" and not (attributes.get("src") or "").startswith("/console/static/"))
            or tag in ("style", "base", "object", "embed", "iframe")
            or any(name.startswith("on") or name == "style" for name in attributes)
            or any(
                (attributes.get(name) or "").strip().lower().startswith(("javascript:", "data:text"))
                for name in ("href", "src", "action")
            )
        ]


def dress(sku: str, **more: Any) -> dict[str, Any]:
    """A product."""
    return {
        "sku": sku,
        "name": f"Dress {sku}",
        "categories": ["women/dresses"],
        "brand": "Linde",
        "url": f"/p/{sku}",
        "images": [f"/pictures/{sku}.svg"],
        "price": "59.00",
        "currency": "EUR",
        "stock": 5,
        "attributes": {"color": "blue", "gender": "women"},
    } | more


def order(shop: Shop, anonymous_id: str, order_id: str, total: str, ago: int = HOUR) -> dict[str, Any]:
    """An order of one dress."""
    said = {
        "order_id": order_id,
        "total": total,
        "currency": "EUR",
        "products": [{"sku": "D1", "price": total, "quantity": 1}],
    }
    return shop.seen(anonymous_id, "", ago, event="Order Completed", properties=said)


def _raw(said: dict[str, Any]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(said))


Made = Callable[..., Shop]
PAGES: Sequence[str] = (
    "/console",
    "/console?days=30",
    "/console/live",
    "/console/insight",
    *(f"/console/insight/{kind.key}" for kind in REPORTS),
    "/console/shoppers",
    "/console/placements",
    "/console/placements/preview?page=product",
    "/console/placements/preview?page=category",
    "/console/placements/preview?page=cart",
    "/console/search",
    "/console/search?q=dress",
    "/console/rules/history",
    "/console/rules/unit/for-you",
    "/console/rules/placement/home.for-you",
    "/console/rules/unit/not-there-yet",
    "/console/catalog",
    "/console/privacy",
    "/console/experiments",
    "/console/experiments/new",
    "/console/what-if",
    "/console/personas",
    "/console/segments",
    "/console/rejected",
    "/console/accounts",
    "/console/audit",
    "/console/find?q=dress",
    "/console/start",
    "/console/doctor",
    "/console/health",
)
LONG_AGO = 9 * DAY
