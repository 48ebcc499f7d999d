"""Compose: what a message is about as of now, and what it says: products, prices and stock as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.decisions.journeys import restock
from maatwerk.decisions.journeys.over import occurrence
from maatwerk.decisions.journeys.words import SKUS
from maatwerk.effects.channels.letter import Sender, Shown, called, tracked
from maatwerk.effects.channels.render import harmless
from maatwerk.effects.channels.template import KIND, Template, parse_template, shipped
from maatwerk.effects.outbox import Message
from maatwerk.flows.knowledge import Knowledge
from maatwerk.flows.seen import Person
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.catalog.words import Product
from maatwerk.views.profile.folds import CART
from maatwerk.views.profile.folds.wishes import open_wishes
from maatwerk.views.rules.book import RuleBook


class About(NamedTuple):
    """What a message is about, as of now. ``over``: the code of what ended it."""

    skus: tuple[str, ...]
    over: str = ""
    purchased: bool = False


def about(message: Message, known: Person) -> About:
    """Whether what it is about still holds."""
    if message.about == "cart":
        cart = known.sure.cart
        same = bool(cart.lines) and occurrence(known.sure.of(CART)) == message.occurrence
        bought = known.ordered_at >= (cart.updated_at if same else message.queued) and known.ordered_at > 0
        skus = tuple(line.sku for line in cart.lines[:SKUS]) if same else ()
        return About(skus, "" if same else "emptied", bought)
    _, sku, asked = restock.parse_occurrence(message.occurrence)
    if message.about == "product" and asked:
        hers = {(w.sku, w.asked_at) for w in open_wishes(known.sure.wishes)}
        bought_at = known.wide.wishes.bought.get(sku)
        purchased = bought_at is not None and bought_at.time >= asked
        return About((sku,), "" if (sku, asked) in hers else "withdrawn", purchased)
    return About(message.skus)


def available(knowledge: Knowledge, store: str, skus: tuple[str, ...]) -> list[Product]:
    """What can be bought at this moment; a variant without words or pictures borrows its parent's."""
    catalog = knowledge.catalogs.of(store)
    found = []
    for sku in skus:
        row = catalog.row(sku)
        if row >= 0 and catalog.available[row]:
            found.append(displayed(catalog, row))
    return found


def displayed(catalog: Catalog, row: int) -> Product:
    """A product as a message shows it."""
    product, above = catalog.product(row), int(catalog.parent[row])
    parent = catalog.find(catalog.skus[above]) if above >= 0 else None
    if parent is None:
        return product
    return msgspec.structs.replace(
        product,
        name=product.name or parent.name,
        url=product.url or parent.url,
        images=product.images or parent.images,
    )


class Links(msgspec.Struct, frozen=True):
    """Where a message's own links lead; the way out is empty for what is owed to her."""

    unsubscribe: str = ""
    choices: str = ""
    confirm: str = ""


def values(
    at: Sender, message: Message, template: Template, known: Person, products: Sequence[Shown], gone: int,
    links: Links,
) -> dict[str, Any]:  # fmt: skip
    """What a template may say: of the shop, of her, of the products as they stand, and what was handed over.

    ``gone`` of what it is about cannot be bought any more.
    """
    source = message.journey
    page = {
        "cart": tracked(at.cart_url, source),
        "shop": tracked(at.shop_url, source),
        "confirm": links.confirm,
    }.get(template.page) or (products[0].url if products else tracked(at.shop_url, source))
    said = harmless(message.data)
    data = said if isinstance(said, dict) else {}
    fields = [{name: getattr(each, name) for name in each.__struct_fields__} for each in products]
    return {
        "shop": {"name": at.shop, "url": at.shop_url, "postal": at.postal},
        "name": called(known.told, known.sure.familiarity, template.greets),
        "familiarity": known.sure.familiarity,
        "products": fields,
        "rows": [fields[place : place + 2] for place in range(0, len(fields), 2)],
        "count": len(fields),
        "gone": gone,
        "step": message.step,
        "code": data.get("code", ""),
        "data": data,
        "links": {
            "page": page,
            "shop": tracked(at.shop_url, source),
            "cart": tracked(at.cart_url, source),
            "unsubscribe": links.unsubscribe,
            "choices": links.choices,
        },
    }


def template_of(book: RuleBook, message: Message) -> Template:
    """The template it is written with: the shop's, else the shipped one. Raises `Refused` for none."""
    key = message.template or message.journey
    rule = book.get(KIND, key)
    if rule is not None and rule.document:
        return parse_template(key, rule.document)
    found = shipped().get(key)
    if found is None:
        raise Refused("template_not_found", f"there is no template {key[:60]!r}", field="template")
    return found
