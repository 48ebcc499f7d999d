"""Templates: what a message says, in every language the shop speaks; a rule, or one that is shipped.

Subject and copy are Liquid. The design is MJML, compiled once: the shipped frame, or the template's own.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

from maatwerk.core.errors import Refused

KIND = "template"
MOST_PRODUCTS = 20
_BYTES = 256 * 1024


class Copy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language's words. ``body`` in paragraphs, an empty line between; ``why`` is why she gets it."""

    subject: str
    body: str = ""
    preheader: str = ""
    heading: str = ""
    action: str = ""
    why: str = ""
    sms: str = ""


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule of kind ``template``.

    ``copy`` by language; who has none of them gets the first. ``unit`` chooses ``products`` for her, as a
    slot of the shop would; without one they are those the message is about. With fewer than ``least``
    nothing goes out. ``page`` is where the call to action leads. ``greets`` is how well she must be known
    to be called by her name. ``mjml`` is a design of the shop's own; ``text`` its text part.
    """

    copy: dict[str, Copy]
    topic: str = "offers"
    unit: str = ""
    products: int = 6
    least: int = 0
    page: Literal["product", "cart", "shop", "confirm"] = "product"
    greets: Literal["new", "known", "long-standing", "never"] = "known"
    mjml: str = ""
    text: str = ""

    def words(self, locale: str) -> tuple[str, Copy]:
        """Language and words for a locale."""
        language = locale.replace("_", "-").split("-")[0].lower()
        if language in self.copy:
            return language, self.copy[language]
        return next(iter(self.copy.items()))


def parse_template(key: str, document: dict[str, Any]) -> Template:
    """The template of a rule. Raises `Refused` naming the field."""
    field = f"{KIND}.{key}"
    try:
        template = msgspec.convert(document, Template)
    except msgspec.ValidationError as fault:
        raise Refused("template_not_valid", str(fault), field=field) from None
    if not template.copy:
        raise Refused("template_not_valid", "there are no words in it", field=f"{field}.copy",
                      hint="as in [copy.en] with a subject")  # fmt: skip
    for name, low, high in (("products", 0, MOST_PRODUCTS), ("least", 0, template.products)):
        if not low <= getattr(template, name) <= high:
            raise Refused("template_not_valid", f"from {low} to {high}", field=f"{field}.{name}")
    if len(msgspec.json.encode(document)) > _BYTES:
        raise Refused("template_too_large", f"more than {_BYTES} bytes", field=field)
    return template


@cache
def shipped() -> dict[str, Template]:
    """Those that come with the program, by key."""
    found = {}
    for path in sorted(files("maatwerk.effects").joinpath("templates").iterdir(), key=lambda each: each.name):
        key, dot, kind = path.name.rpartition(".")
        if dot and kind == "toml":
            found[key] = parse_template(key, tomllib.loads(path.read_text(encoding="utf-8")))
    return found


@cache
def frame(kind: str) -> str:
    """The shipped design, ``mjml`` or ``txt``."""
    return files("maatwerk.effects").joinpath("templates", f"frame.{kind}").read_text(encoding="utf-8")


WORDS = {
    "en": {"hello": "Hello", "was": "was", "unsubscribe": "Unsubscribe from all our e-mail",
           "choices": "Choose what you get"},
    "nl": {"hello": "Hallo", "was": "was", "unsubscribe": "Uitschrijven voor al onze e-mail",
           "choices": "Kies wat je krijgt"},
    "de": {"hello": "Hallo", "was": "statt", "unsubscribe": "Alle E-Mails abbestellen",
           "choices": "Auswählen, was Sie erhalten"},
}  # fmt: skip
"""The frame's own words."""
