"""`/p/{token}`: a shopper's own page of privacy choices, from the foot of a mail or the shop's account page.

GET changes nothing, because link scanners follow every link. It works without script and without a cookie.
"""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

from markupsafe import Markup, escape

from maatwerk.core.errors import Refused
from maatwerk.events.consent import DIRECT_MARKETING, OBJECTIONS, PROFILING
from maatwerk.flows.choose import PURPOSES, Choices, Choosing, choices, choices_link, choose
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Headers, Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes
from maatwerk.surfaces.storefront.profiles import named

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

WORDS = {
    "storage": (
        "Remember me",
        "Keep what I look at, so that the shop knows me again. Without it nothing is kept.",
    ),
    "analytics": ("Count my visits", "Include what I do in the shop's statistics."),
    "personalization": ("Show me what suits me", "Use what I look at to choose what I am shown."),
    "advertising": ("Advertising elsewhere", "Tell advertisers what I like. Never done without this."),
    "email": ("E-mail", "Send me reminders, alerts and offers."),
    PROFILING: ("I object to profiling", "Nothing is derived about me, whatever is allowed above."),
    DIRECT_MARKETING: (
        "I object to direct marketing",
        "No message in any channel, whatever is allowed above.",
    ),
}

_PAGE = Markup("""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Your privacy choices · {shop}</title>
<style>
:root {{ color-scheme: light dark; --ink: light-dark(#23211e, #f1eee8); --soft: light-dark(#6b665e, #b3ada3);
  --line: light-dark(#e2ddd4, #38352f); --accent: light-dark(#0f766e, #5eead4);
  --paper: light-dark(#fff, #201e1b) }}
body {{ margin: 0; font: 16px/24px system-ui, sans-serif; color: var(--ink);
  background: light-dark(#f6f4f0, #171614) }}
main {{ max-width: 36rem; margin: 0 auto; padding: 48px 20px 64px }}
h1 {{ font-size: 28px; line-height: 36px; font-weight: 600; margin: 0 0 8px }}
p {{ margin: 0; color: var(--soft) }}
.done {{ color: var(--ink); border: 1px solid var(--line); border-left: 4px solid var(--accent);
  border-radius: 8px; padding: 12px 16px; margin-top: 20px; background: var(--paper) }}
fieldset {{ border: 1px solid var(--line); border-radius: 8px; margin: 24px 0 0; padding: 4px 16px;
  background: var(--paper) }}
legend {{ font-weight: 600; padding: 0 6px; margin-left: -6px }}
label {{ display: grid; grid-template-columns: 24px 1fr; gap: 2px 12px; padding: 12px 0; cursor: pointer }}
label + label {{ border-top: 1px solid var(--line) }}
label span {{ grid-column: 2; color: var(--soft); font-size: 14px; line-height: 20px }}
input {{ width: 20px; height: 20px; margin: 2px 0 0; accent-color: #0f766e }}
.answers {{ display: flex; flex-wrap: wrap; gap: 12px; margin-top: 24px }}
button {{ font: inherit; font-weight: 600; border: 1px solid #0f766e; border-radius: 8px; padding: 11px 20px;
  cursor: pointer; color: #fff; background: #0f766e }}
button.second {{ color: var(--accent); background: transparent; border-color: var(--accent) }}
:focus-visible {{ outline: 3px solid var(--accent); outline-offset: 3px }}
</style></head><body><main>
<h1>Your privacy choices</h1>
<p>What {shop} may do with what it knows of you. A change counts at once.</p>
{done}
<form method="post">
<fieldset><legend>You allow</legend>{purposes}</fieldset>
<fieldset><legend>You object</legend>{objections}</fieldset>
<div class="answers"><button name="answer" value="chosen">Save my choices</button>
<button class="second" name="answer" value="none">Allow nothing</button>
<button class="second" name="answer" value="all">Allow all</button></div>
</form></main></body></html>
""")
_BOX = Markup(
    '<label><input type="checkbox" name="{name}" value="yes"{checked}><b>{title}</b>'
    "<span>{text}</span></label>"
)
_DONE = Markup('<p class="done" role="status">Saved. It counts from now on.</p>')
_BROKEN = Markup(
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>This link is not whole</title><body><main><h1>This link is not whole</h1>"
    "<p>Please open it from the message again, or copy all of it.</p></main></body></html>"
)


def add_choices(routes: Routes, parts: Choosing, shop: str, public_url: str) -> None:
    """Serve the page, and links to it for the shop's server."""

    async def show(request: Request) -> Response:
        try:
            now = await asyncio.to_thread(choices, parts, request.params["token"])
        except Refused as fault:
            return _html(_BROKEN, fault.status)
        return _html(_page(shop, now))

    async def save(request: Request) -> Response:
        body = await request.body(_BODY_BYTES)
        form = parse_qs(body.decode("utf-8", "replace"), max_num_fields=50)
        try:
            now = await choose(parts, request.params["token"], _wanted(form))
        except Refused as fault:
            return _html(_BROKEN, fault.status)
        return _html(_page(shop, now, _DONE))

    async def link(request: Request) -> Response:
        namespace, value = named(request)
        if namespace not in ("user_id", "anonymous_id"):
            raise Refused(
                "namespace_not_known", "a link is made for a user_id or an anonymous_id", field="namespace"
            )
        who = {"anonymous_id": "", "user_id": "", namespace: value}
        here = public_url or f"{request.scope.get('scheme', 'http')}://{request.header(b'host')}"
        return json_response({"url": choices_link(parts, here, **who)})

    routes.add("GET", "/p/{token}", show, Access.OPEN)
    routes.add("POST", "/p/{token}", save, Access.OPEN)
    routes.add("POST", "/v1/profiles/{namespace}/{id}/privacy-link", link, Access.SECRET)


def _wanted(form: dict[str, list[str]]) -> Choices:
    answer = form.get("answer", ["chosen"])[0]
    objections = {to: to in form for to in OBJECTIONS}
    if answer in ("all", "none"):
        return Choices(dict.fromkeys(PURPOSES, answer == "all"), objections)
    return Choices({purpose: purpose in form for purpose in PURPOSES}, objections)


def _page(shop: str, now: Choices, done: Markup = Markup("")) -> Markup:  # noqa: B008 - it is immutable
    return _PAGE.format(
        shop=escape(shop), done=done, purposes=_boxes(now.purposes), objections=_boxes(now.objections)
    )


def _boxes(answers: dict[str, bool]) -> Markup:
    return Markup("").join(
        _BOX.format(
            name=name, checked=Markup(" checked") if yes else "", title=WORDS[name][0], text=WORDS[name][1]
        )
        for name, yes in answers.items()
    )


def _html(page: Markup, status: int = 200) -> Response:
    return Response(page.encode(), status, _HTML, list(_HEADERS))
