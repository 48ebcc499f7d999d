"""Messages: what was sent and why not, the contact policy, and templates as they will be read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY
from maatwerk.effects import ledger
from maatwerk.effects.channels.letter import Sender, Shown, shown
from maatwerk.effects.channels.render import check, render
from maatwerk.effects.channels.template import KIND, Template, parse_template, shipped
from maatwerk.effects.ledger import Entry, Sum
from maatwerk.flows.choose_for import choose_for
from maatwerk.flows.contact import policy_of
from maatwerk.flows.ledger import entries
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.portraits import NAMESPACES, find
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.views.profile.shopper import NOBODY, Shopper

DAYS, LISTED = 30, 100
FRAMED = "/mail"
"""How the path of a letter in a frame ends: it has headers of its own."""
_SAMPLE_UNIT = "bestsellers"


class MessagePages:
    """The routes of messages and templates."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/messages", self.listed, "GET"),
            ("/templates", self.templates, "GET"),
            ("/templates/{key}", self.template, "GET"),
            ("/templates/{key}/mail", self.mail, "GET"),
        ]

    async def listed(self, request: Request) -> Response:
        """What became of messages, by source and one by one; of one person where she is named."""
        who = request.query_params.get("who", "").strip()[:255]
        sources, found = await asyncio.to_thread(self._read, who)
        policy = policy_of(self._access.knowledge.rules)
        return self._rendering.page(
            request, "messages.html", section="messages", sources=sources, entries=found or [], who=who,
            unknown=found is None, policy=policy, sent=sum(each.sent for _, each in sources),
            stopped=sum(sum(each.suppressed.values()) for _, each in sources),
        )  # fmt: skip

    async def templates(self, request: Request) -> Response:
        """All templates, each with its languages and whether it may go out."""
        rows = []
        for key, template, own in self._all():
            faults = check(template, self._values(template, NOBODY))
            rows.append({"key": key, "template": template, "own": own, "faults": faults})
        return self._rendering.page(request, "templates.html", section="templates", rows=rows)

    async def template(self, request: Request) -> Response:
        """One template, as a desktop and a phone show it."""
        key, template, own = self._one(request.path_params["key"])
        language = request.query_params.get("language", next(iter(template.copy)))
        who = request.query_params.get("who", "").strip()[:255]
        shopper = self._shopper(who)
        values = self._values(template, shopper or NOBODY)
        rendered, fault = None, None
        try:
            rendered = render(template, language, values)
        except Refused as refused:
            fault = refused
        return self._rendering.page(
            request, "template.html", section="templates", key=key, letter=template, own=own, who=who,
            spoken=language, rendered=rendered, fault=fault, faults=check(template, values),
            unknown=bool(who) and shopper is None,
        )  # fmt: skip

    async def mail(self, request: Request) -> Response:
        """The letter alone, for the frames."""
        _, template, _ = self._one(request.path_params["key"])
        shopper = self._shopper(request.query_params.get("who", "").strip()[:255])
        language = request.query_params.get("language", "en")
        return HTMLResponse(render(template, language, self._values(template, shopper or NOBODY)).html)

    def _read(self, who: str) -> tuple[list[tuple[str, Sum]], list[Entry] | None]:
        first = self._access.now() // DAY - DAYS
        with self._access.deciding.store.snapshot() as read:
            totals: dict[str, Sum] = {}
            for source, _, channel, _, each in ledger.sums(read, first):
                name = f"{source} · {channel}"
                totals[name] = _added(totals.get(name, Sum()), each)
            if not who:
                return sorted(totals.items()), ledger.newest(read, limit=LISTED)
            found = next((one for space in NAMESPACES if (one := find(self._access, space, who))), None)
            return sorted(totals.items()), entries(read, found, LISTED) if found else None

    def _all(self) -> Iterable[tuple[str, Template, bool]]:
        rules = {rule.key: rule.document or {} for rule in self._access.knowledge.rules.of(KIND)}
        for key in sorted({*rules, *shipped()}):
            yield key, parse_template(key, rules[key]) if key in rules else shipped()[key], key in rules

    def _one(self, key: str) -> tuple[str, Template, bool]:
        found = next((each for each in self._all() if each[0] == key), None)
        if found is None:
            raise Refused("template_not_found", f"there is no template {key[:60]!r}", status=404)
        return found

    def _shopper(self, who: str) -> Shopper | None:
        found = next((one for space in NAMESPACES if who and (one := find(self._access, space, who))), None)
        return found.shopper if found else None

    def _values(self, template: Template, shopper: Shopper) -> dict[str, Any]:
        """Sample values: her products as they would be chosen now, else what is most bought."""
        home = self._access.shop_url if "://" in self._access.shop_url else "https://shop.example"
        at = Sender(self._access.name, "", "", "Street 1, Town", home, home, f"{home}/cart")
        listed: tuple[Shown, ...] = ()
        now = self._access.fresh()
        for unit in (template.unit or _SAMPLE_UNIT, _SAMPLE_UNIT, "newest"):
            chosen = choose_for(self._access.deciding, shopper, "default", unit, template.products, now)
            if chosen:
                listed = shown([each for each, _ in chosen], "preview", at, now, [why for _, why in chosen])
                break
        fields = [msgspec.structs.asdict(each) for each in listed]
        page = fields[0]["url"] if fields else home
        links = {
            "page": page,
            "shop": home,
            "cart": at.cart_url,
            "unsubscribe": f"{home}/u/x",
            "choices": f"{home}/p/x",
        }
        return {
            "shop": {"name": at.shop, "url": home, "postal": at.postal},
            "name": "",
            "familiarity": "known",
            "products": fields,
            "rows": [fields[start : start + 2] for start in range(0, len(fields), 2)],
            "count": len(fields),
            "gone": 0,
            "step": "first",
            "code": "",
            "data": {},
            "links": links,
        }


def _added(left: Sum, right: Sum) -> Sum:
    codes = {*left.suppressed, *right.suppressed}
    return Sum(
        left.sent + right.sent,
        {code: left.suppressed.get(code, 0) + right.suppressed.get(code, 0) for code in sorted(codes)},
        left.clicked + right.clicked,
        left.bounced + right.bounced,
        left.complained + right.complained,
        left.orders + right.orders,
        left.revenue + right.revenue,
    )
