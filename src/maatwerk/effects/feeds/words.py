"""The words of feeds: their document, and a product as one lists it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from maatwerk.core.errors import Refused

KIND = "feed"
FORMATS = ("google", "meta")
MOST = 1_000_000
EVERYTHING = "all"
"""The key of the feed of every product; there without a rule, as ``bestsellers`` is."""


class Feed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule of kind ``feed``. ``unit`` chooses, and orders, at most ``limit`` products as for a visitor of
    whom nothing is known; without one all are listed. ``audience`` is whom the feed is for: it stands in each
    product's ``custom_label_0``, for the campaign that is aimed at them. ``prefix`` goes before each
    title."""

    title: str = ""
    unit: str = ""
    limit: int = MOST
    store: str = "default"
    audience: str = ""
    prefix: str = ""


BUILT_IN = {
    EVERYTHING: Feed("All products"),
    "bestsellers": Feed("Bestsellers", unit="bestsellers", limit=200),
}


class Line(msgspec.Struct, frozen=True):
    """A product as a feed lists it; texts are plain, addresses whole, prices as ``59.00 EUR``."""

    sku: str
    group: str
    title: str
    description: str
    url: str
    image: str
    more_images: tuple[str, ...]
    price: str
    sale_price: str
    brand: str
    category: str
    gtin: str
    color: str
    size: str
    gender: str
    age_group: str
    label: str


def parse_feed(key: str, document: dict[str, Any]) -> Feed:
    """The feed of a rule. Raises `Refused` naming the field."""
    try:
        feed = msgspec.convert(document, Feed)
    except msgspec.ValidationError as fault:
        raise Refused("feed_not_valid", str(fault), field=f"{KIND}.{key}") from None
    if not 1 <= feed.limit <= MOST:
        raise Refused("feed_not_valid", f"from 1 to {MOST}", field=f"{KIND}.{key}.limit")
    return feed


def format_of(name: str) -> Literal["google", "meta"]:
    """A format by its name. Raises `Refused`."""
    if name == "google":
        return "google"
    if name == "meta":
        return "meta"
    raise Refused(
        "format_not_known",
        f"there is no format {name[:40]!r}",
        field="format",
        hint=f"one of {', '.join(FORMATS)}",
    )
