"""From what a page knows to HTML: the templates, and how numbers, money and moments are written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from maatwerk.core.errors import Refused, Unavailable
from maatwerk.core.money import decimal_text, digits_of
from maatwerk.core.time import DAY, HOUR, MINUTE, SECOND, format_time
from maatwerk.surfaces.console import charts, icons, words
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.language import LANGUAGES, language_of, translator
from maatwerk.surfaces.console.navigation import GROUPS
from maatwerk.surfaces.console.roles import Need, Role, may

_FORM_BYTES = 128 * 1024
_HERE = Path(__file__).parent


class Rendering:
    """What every page shares."""

    def __init__(self, access: ConsoleAccess) -> None:
        self._access = access
        environment = Environment(
            loader=PackageLoader("maatwerk.surfaces.console"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        environment.filters.update(
            money=self.money,
            count=count,
            share=share,
            moment=self.moment,
            ago=self.ago,
            bytes=size,
            path=lambda text: quote(str(text), safe=""),
            compact=compact,
        )
        environment.globals.update(
            icon=icons.icon,
            chart_columns=charts.columns,
            chart_interval=charts.interval,
            chart_bar=charts.bar,
            words=words,
            shop_name=access.name,
            currency=access.currency,
            groups=GROUPS,
            languages=LANGUAGES,
            may=lambda role, need: may(role, Need[need]),
            version=_version(),
            shop_url=access.shop_url,
        )
        self._environment = environment

    def page(
        self, request: Request, template: str, status: int = 200, *, section: str = "", **values: Any
    ) -> Response:
        """A whole page."""
        session: Mapping[str, Any] = getattr(request.state, "session", {})
        language = language_of(request)
        html = self._environment.get_template(template).render(
            section=section,
            token=session.get("token", ""),
            signed_in=bool(session.get("in")),
            my_role=session.get("role", Role.VIEWER),
            my_name=session.get("who", ""),
            language=language,
            say=translator(language),
            request_path=request.url.path,
            **({"bare": False} | values),
        )
        return HTMLResponse(html, status)

    def part(self, template: str, **values: Any) -> str:
        """A part of a page, for scripts to put in its place."""
        return self._environment.get_template(template).render(**values)

    async def form(self, request: Request) -> dict[str, str]:
        """The fields of a form, at most 128 KiB; of a repeated one the first counts."""
        known: dict[str, str] | None = getattr(request.state, "form", None)
        if known is not None:
            return known
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _FORM_BYTES:
                raise Refused("form_too_large", f"a form may have {_FORM_BYTES} bytes", status=413)
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=200)
        form = dict(reversed(pairs))
        request.state.form = form
        return form

    def not_found(self, request: Request, _: Exception) -> Response:
        """The page for what is not there."""
        detail = "No page of the console has this address."
        return self.page(request, "problem.html", 404, title="Nothing is here", detail=detail)

    def refused(self, request: Request, fault: Exception) -> Response:
        """The page for what the reader can mend."""
        assert isinstance(fault, Refused)
        return self.page(
            request, "problem.html", fault.status, title=_sentence(fault.detail), detail=fault.hint
        )

    def unavailable(self, request: Request, fault: Exception) -> Response:
        """The page while something has failed."""
        assert isinstance(fault, Unavailable)
        detail = f"{fault.detail}. Try again in a moment."
        return self.page(request, "problem.html", 503, title="This cannot be read now", detail=detail)

    def failed(self, request: Request, _: Exception) -> Response:
        """The page for our own fault."""
        detail = "It is our fault; the server's log says more."
        return self.page(request, "problem.html", 500, title="This page failed", detail=detail)

    def money(self, minor: float | None, sign: bool = False, unit: bool = True, code: str = "") -> str:
        """``1,234.50 EUR``."""
        return money(minor, code or self._access.currency, sign=sign, unit=unit)

    def moment(self, at_ms: int, style: str = "time") -> Markup:
        """A moment, in UTC until the page's script writes it in the reader's zone; exact when pointed at."""
        exact = format_time(at_ms)
        short = {"time": exact[11:19], "date": exact[:10], "weekday": exact[5:10]}.get(
            style, f"{exact[:10]} {exact[11:16]}"
        )
        return Markup('<time datetime="{}" data-style="{}" title="{}">{}</time>').format(
            exact, style, f"{exact[:10]} {exact[11:19]} UTC", short
        )

    def ago(self, at_ms: int) -> Markup:
        """How long ago, exact when pointed at."""
        exact = format_time(at_ms)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            exact, f"{exact[:10]} {exact[11:19]} UTC", since(self._access.now() - at_ms)
        )


def money(minor: float | None, currency: str, *, sign: bool = False, unit: bool = True) -> str:
    """An amount with thousands apart; a dash where there is none."""
    if minor is None or minor != minor:
        return "–"
    whole = round(minor)
    text = decimal_text(abs(whole), currency)
    units, dot, cents = text.partition(".")
    mark = "−" if whole < 0 else "+" if sign and whole > 0 else ""
    large = abs(whole) >= 100_000 * 10 ** digits_of(currency)
    grouped = f"{int(units):,}" + ("" if large else dot + cents)
    return f"{mark}{grouped} {currency}" if unit else f"{mark}{grouped}"


def count(number: float | None) -> str:
    """A whole number with thousands apart."""
    return "–" if number is None else f"{round(number):,}"


def compact(number: float) -> str:
    """``12.4k`` for what only has to be grasped."""
    for limit, mark in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if abs(number) >= limit:
            return f"{number / (1e3 if mark == 'k' else limit):.1f}{mark}"
    return f"{round(number):,}"


def share(value: float | None, sign: bool = False, digits: int = 1) -> str:
    """A share as percent."""
    if value is None or value != value:
        return "–"
    text = f"{abs(value) * 100:.{digits}f} %"
    return ("−" if value < 0 else "+" if sign and value > 0 else "") + text


def size(number: int) -> str:
    """Bytes as people read them."""
    value = float(number)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return ""


def since(milliseconds: int) -> str:
    """A stretch of time in words."""
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if milliseconds >= unit:
            return f"{milliseconds // unit} {name} ago"
    return f"{milliseconds // SECOND} s ago" if milliseconds >= 5 * SECOND else "just now"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _version() -> str:
    digest = hashlib.sha256()
    for path in sorted((_HERE / "static").iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
