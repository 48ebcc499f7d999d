"""From a template and what is known to subject, HTML and text: MJML compiled once, Liquid once for each
message.

Liquid has no reach into Python; what it may loop over and write is bounded. A variable that is not there
is an error, not a hole in a letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from html import escape, unescape
from typing import Any

import msgspec
from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.exceptions import LiquidError
from mjml import mjml2html

from maatwerk.core.errors import Refused
from maatwerk.effects.channels.letter import plain
from maatwerk.effects.channels.template import WORDS, Copy, Template, frame

HTML_BYTES = 100_000
"""Providers cut what is longer, and the way out with it."""
_HREF = re.compile(r'(<a\b[^>]*?\bhref=")(https?://[^"]+)(")')
_SPACE = re.compile(r"\s+")
_BETWEEN = re.compile(r">\s+<")


class Rendered(msgspec.Struct, frozen=True):
    """A message as written, before it is handed over. ``sms`` is empty where the template has none."""

    subject: str
    html: str
    text: str
    sms: str = ""


class _Bounded(Environment):
    loop_iteration_limit = 5_000
    output_stream_limit = 1_000_000
    local_namespace_limit = 100_000
    context_depth_limit = 20


_HTML = _Bounded(autoescape=True, undefined=StrictUndefined)
_TEXT = _Bounded(autoescape=False, undefined=StrictUndefined)


def render(
    template: Template, locale: str, values: Mapping[str, Any], click: Callable[[str], str] = lambda url: url
) -> Rendered:
    """The message. ``click`` makes a link of ours of each link of the web in it, those out of the mail apart.

    Raises `Refused` naming what is wrong with the template.
    """
    language, copy = template.words(locale)
    said = {**values, "language": language, "words": WORDS.get(language, WORDS["en"])}
    said["greeting"] = (
        f"{said['words']['hello']} {said['name']}," if said["name"] else f"{said['words']['hello']},"
    )
    written = {name: _words(copy, name, said) for name in ("subject", "heading", "action", "why", "sms")}
    subject = plain(written["subject"])
    body = [
        _SPACE.sub(" ", part).strip()
        for part in re.split(r"\n\s*\n", _words(copy, "body", said))
        if part.strip()
    ]
    preheader = plain(_words(copy, "preheader", said)) or (body[0] if body else "")
    said |= written | {"subject": subject, "body": body, "preheader": preheader}
    html = _run(_compiled(template.mjml or frame("mjml")), said)
    kept = {values["links"]["unsubscribe"], values["links"]["choices"]}
    html = _HREF.sub(lambda found: _clicked(found, kept, click), _BETWEEN.sub("> <", html))
    if len(html.encode()) > HTML_BYTES:
        raise Refused(
            "mail_too_large", f"the HTML has {len(html.encode())} bytes", field="template",
            hint=f"providers cut mail above {HTML_BYTES}",
        )  # fmt: skip
    text = _run(_plain(template.text or frame("txt")), said)
    return Rendered(subject, html, _tidy(text), plain(written["sms"]))


def check(template: Template, values: Mapping[str, Any]) -> list[Refused]:
    """What is wrong with it, language by language, tried with sample values: empty where it may go out."""
    faults = []
    for language, copy in template.copy.items():
        try:
            rendered = render(template, language, values)
        except Refused as fault:
            faults.append(fault)
            continue
        field = f"copy.{language}"
        if not rendered.subject:
            faults.append(Refused("template_not_valid", "the subject is empty", field=f"{field}.subject"))
        if not copy.why:
            faults.append(
                Refused("template_not_valid", "it does not say why she gets it", field=f"{field}.why")
            )
        if template.mjml and values["links"]["unsubscribe"] not in unescape(rendered.html):
            hint = "link to {{ links.unsubscribe }}"
            faults.append(Refused("template_not_valid", "the design has no way out", field="mjml", hint=hint))
        faults += [
            Refused("template_not_valid", "a picture without a text", field="mjml")
            for image in re.findall(r"<img\b[^>]*>", rendered.html)
            if not re.search(r'\balt="[^"]*"', image)
        ]
        faults += [
            Refused("link_broken", f"{url[:80]!r} leads nowhere", field=field)
            for url in links_of(rendered.html)
            if not url.startswith(("http://", "https://", "mailto:", "tel:"))
        ]
    return faults


def links_of(html: str) -> list[str]:
    """Where its links lead."""
    return [unescape(found) for found in re.findall(r'<a\b[^>]*?\bhref="([^"]*)"', html)]


def _words(copy: Copy, name: str, said: Mapping[str, Any]) -> str:
    text = getattr(copy, name)
    return _run(_plain(text), said) if "{" in text else text


def _clicked(found: re.Match[str], kept: set[str], click: Callable[[str], str]) -> str:
    url = unescape(found.group(2))
    return found.group(0) if url in kept else f"{found.group(1)}{escape(click(url))}{found.group(3)}"


def _run(template: BoundTemplate, said: Mapping[str, Any]) -> str:
    try:
        return template.render(**said)
    except LiquidError as fault:
        raise Refused("template_not_valid", _SPACE.sub(" ", str(fault))[:200], field="template") from None


@lru_cache(maxsize=256)
def _compiled(mjml: str) -> BoundTemplate:
    try:
        return _HTML.from_string(mjml2html(mjml))
    except (LiquidError, ValueError, OSError) as fault:
        raise Refused("mjml_not_valid", _SPACE.sub(" ", str(fault))[:200], field="mjml") from None


@lru_cache(maxsize=1024)
def _plain(text: str) -> BoundTemplate:
    try:
        return _TEXT.from_string(text)
    except LiquidError as fault:
        raise Refused("template_not_valid", _SPACE.sub(" ", str(fault))[:200], field="template") from None


def _tidy(text: str) -> str:
    """No more than one empty line in a row, none at either end."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines) + "\n"


def harmless(value: Any) -> Any:
    """What a journey hands over, for a template: plain texts, numbers, lists and tables of them."""
    if isinstance(value, dict):
        return {str(name): harmless(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [harmless(each) for each in value]
    if isinstance(value, (bool, int, float)) or value is None:
        return value
    return str(value)
