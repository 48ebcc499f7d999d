"""`/u/{token}`: the way out of a message, in one click for mail programs (RFC 8058), in two for people.

GET shows a page and changes nothing, because link scanners follow every link. POST needs neither
cookie nor script and answers without a redirect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

from markupsafe import escape

from maatwerk.core.errors import Refused
from maatwerk.flows.unsubscribe import Unsubscribing, read_link, unsubscribe
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Headers, Response
from maatwerk.surfaces.http.routes import Access, Routes

_BODY_BYTES = 16 * 1024
_HTML = b"text/html; charset=utf-8"
_HEADERS: Headers = [
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; "
        b"base-uri 'none'",
    ),
]
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ margin: 0; font: 16px/24px system-ui, sans-serif; background: light-dark(#f6f4f0, #171614);
  color: light-dark(#23211e, #f1eee8) }}
main {{ max-width: 28rem; margin: 15vh auto 0; padding: 24px }}
h1 {{ font-size: 20px; line-height: 28px; font-weight: 600; margin: 0 0 8px }}
button {{ font: inherit; font-weight: 600; color: #fff; background: #0f766e; border: 0; border-radius: 8px;
  padding: 12px 20px; margin-top: 16px; cursor: pointer }}
.less {{ color: light-dark(#0f766e, #5eead4); background: transparent; border: 1px solid; margin-top: 8px }}
button:focus-visible {{ outline: 3px solid light-dark(#0f766e, #5eead4); outline-offset: 3px }}
</style></head><body><main><h1>{title}</h1><p>{text}</p>{more}</main></body></html>
"""
_FORM = """<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">
<input type="hidden" name="from" value="page"><button>No more e-mail</button></form>"""


Topics = Callable[[], Mapping[str, str]]
"""What she may switch off by itself: key to title."""


def add_unsubscribe(routes: Routes, parts: Unsubscribing, shop: str, topics: Topics = dict) -> None:
    """Serve the way out; ``shop`` is the shop's name."""

    async def show(request: Request) -> Response:
        try:
            read_link(parts, request.params["token"])
        except Refused as fault:
            return _page(
                "This link is not whole",
                "Please open it from the message again, or copy all of it.",
                status=fault.status,
            )
        return _page(f"No more e-mail from {shop}?", "One click, and it is done.", _FORM + _less(topics()))

    async def leave(request: Request) -> Response:
        # The token says it all. A body in either form of RFC 8058 is read to its end, and only tells a page's
        # button from a mail program's.
        body = await request.body(_BODY_BYTES)
        said = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20) if b"topic=" in body else {}
        topic = said.get("topic", [""])[0]
        if topic in topics():
            await unsubscribe(parts, request.params["token"], "page", topic)
            return _page("Done", f"{shop} will send you no more of this: {topics()[topic]}.")
        await unsubscribe(parts, request.params["token"], "page" if b"from=page" in body else "one_click")
        return _page("Done", f"{shop} will send you no more reminders, alerts or offers by e-mail.")

    routes.add("GET", "/u/{token}", show, Access.OPEN)
    routes.add("POST", "/u/{token}", leave, Access.OPEN)


def _less(topics: Mapping[str, str]) -> str:
    """A button for each topic."""
    buttons = "".join(
        f'<button class="less" name="topic" value="{escape(key)}">{escape(title)}</button> '
        for key, title in topics.items()
    )
    return f'<form method="post"><p>Or no more of one thing alone:</p>{buttons}</form>' if buttons else ""


def _page(title: str, text: str, more: str = "", status: int = 200) -> Response:
    html = _PAGE.format(title=escape(title), text=escape(text), more=more)
    return Response(html.encode(), status, _HTML, list(_HEADERS))
