"""What a message says, before it is written: products as the catalog knows them now, and who writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.identifiers import normal_email
from maatwerk.core.money import decimal_text
from maatwerk.views.catalog.words import Product
from maatwerk.views.profile.familiarity import reaches

_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
_NAME = re.compile(r"[^\W\d_]+(?:[ '’\-][^\W\d_]+){0,3}")
_NAME_LETTERS = 40
_TITLE_LETTERS = 120


class Sender(msgspec.Struct, frozen=True):
    """Who writes. Made by `sender`, which checks it.

    ``cart_url`` is where the call to action of a cart's reminder leads; ``shop_url`` where there is none.
    """

    shop: str
    address: str
    display: str
    postal: str
    public_url: str
    shop_url: str
    cart_url: str


class Shown(msgspec.Struct, frozen=True):
    """A product in a message. ``was`` is the regular price while it is reduced."""

    name: str
    price: str
    was: str
    url: str
    image: str
    sku: str = ""
    reason: str = ""


def sender(
    *, name: str, mail_from: str, mail_address: str, public_url: str, shop_url: str = "", cart_url: str = ""
) -> Sender:
    """The sender from the settings of these names. Raises `Refused` naming the setting to mend."""
    display, address = parseaddr(mail_from)
    if not normal_email(address) or not address.isascii():
        raise Refused(
            "mail_from_not_valid",
            "messages need a sender",
            field="mail_from",
            hint='as in "Luma <hello@shop.example>"',
        )
    if urlsplit(public_url).scheme not in ("http", "https"):
        raise Refused(
            "public_url_missing",
            "the way out of a message is a link to this server",
            field="public_url",
            hint="as in https://personal.shop.example",
        )
    home = shop_url or public_url
    cart = urljoin(home.rstrip("/") + "/", cart_url) if cart_url else home
    return Sender(
        plain(name), address, plain(display) or plain(name), mail_address, public_url.rstrip("/"), home, cart
    )


def mailbox(display: str, address: str) -> Address:
    """A name and an address as a header writes them."""
    local, _, domain = address.rpartition("@")
    return Address(display, local, domain)


def wire_address(address: str) -> str:
    """An address as SMTP carries it: its domain in ASCII. Raises `Refused` where its name is not ASCII."""
    local, _, domain = address.rpartition("@")
    try:
        local.encode("ascii")
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise Refused("address_not_ascii", "this address needs SMTPUTF8", field="email") from None


def shown(
    products: Iterable[Product], source: str, at: Sender, now: int, reasons: Sequence[str] = ()
) -> tuple[Shown, ...]:
    """Products as a message shows them; one without a name is shown by its SKU, never left out."""
    return tuple(
        Shown(
            name=plain(product.name) or plain(product.sku),
            price=amount(product.price_at(now), product.currency),
            was=_was(product, now),
            url=tracked(absolute(product.url, at.shop_url) or at.shop_url, source),
            image=absolute(product.images[0], at.shop_url) if product.images else "",
            sku=product.sku,
            reason=plain(reasons[place]) if place < len(reasons) else "",
        )
        for place, product in enumerate(products)
    )


def pairs(products: Sequence[Shown]) -> list[Sequence[Shown]]:
    """Rows of the grid of two."""
    return [products[place : place + 2] for place in range(0, len(products), 2)]


def amount(minor: int | None, currency: str) -> str:
    """``€59.00``, or nothing where no price is known."""
    if minor is None or not currency:
        return ""
    sign = _SIGNS.get(currency)
    text = decimal_text(minor, currency)
    return f"{sign}{text}" if sign else f"{currency} {text}"


def first_name(told: object) -> str:
    """A first name that can be nothing else: letters alone, so that nobody writes to others through us."""
    text = told.strip() if isinstance(told, str) else ""
    return text if len(text) <= _NAME_LETTERS and _NAME.fullmatch(text) else ""


_TITLES = frozenset("mr mrs ms mx dr prof herr frau mevrouw meneer mevr dhr heer m mme mlle sr sra".split())


def called(told: Mapping[str, Any], stage: str, least: str) -> str:
    """How a letter may call her: in the form she chose, by what she told of herself and nothing else.

    Nothing for who is not known well enough (``least``; ``never``: nobody), who wants no name, or whose name
    could be an address or an advertisement: nobody is to write to others through us.
    """
    if least == "never" or not reaches(stage, least):
        return ""
    form = told.get("greeting", "first_name")
    if form == "formal":
        title, last = str(told.get("salutation", "")).strip(), first_name(told.get("lastName"))
        return f"{title} {last}" if title.lower().rstrip(".") in _TITLES and last else ""
    return "" if form == "none" else first_name(told.get("firstName") or told.get("first_name"))


def absolute(url: str, start: str) -> str:
    """The address from the shop's own start; nothing where it is no web address."""
    try:
        whole = urljoin(start.rstrip("/") + "/" if start else "", url.strip()) if url else ""
        parts = urlsplit(whole)
    except ValueError:
        return ""
    return whole if parts.scheme in ("http", "https") and parts.netloc else ""


def tracked(url: str, journey: str) -> str:
    """The address with the campaign named in it; what was in it stays."""
    parts = urlsplit(url)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0][:4] != "utm_"]
    named = [("utm_source", "maatwerk"), ("utm_medium", "email"), ("utm_campaign", journey)]
    return urlunsplit(parts._replace(query=urlencode(kept + named)))


def plain(text: str) -> str:
    """One line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_TITLE_LETTERS]


def _was(product: Product, now: int) -> str:
    price, regular = product.price_at(now), product.price_minor
    reduced = price is not None and regular is not None and price < regular
    return amount(regular, product.currency) if reduced else ""
