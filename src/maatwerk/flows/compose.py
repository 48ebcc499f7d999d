"""Compose: what a message is about as of now, and what it says: products, prices and stock as they stand."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.decisions.journeys import restock
from maatwerk.decisions.journeys.over import occurrence
from maatwerk.decisions.journeys.words import SKUS
from maatwerk.effects.channels.letter import Letter, Sender, absolute, greeted, shown
from maatwerk.effects.outbox import Message
from maatwerk.flows.knowledge import Knowledge
from maatwerk.flows.seen import Person
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.catalog.words import Product
from maatwerk.views.profile.folds import CART
from maatwerk.views.profile.folds.wishes import open_wishes


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


def letter(
    at: Sender, message: Message, known: Person, products: list[Product], gone: int, now: int
) -> Letter:
    """The message's content; ``gone`` of what it is about cannot be bought any more."""
    if not products:
        raise Refused("nothing_to_show", "this template shows products, and there are none", field="template")
    page = absolute(products[0].url, at.shop_url) or at.shop_url
    return Letter(
        journey=message.journey,
        step=message.step,
        first_name=greeted(
            message.journey,
            known.sure.familiarity,
            known.told.get("firstName") or known.told.get("first_name"),
        ),
        products=shown(products, message.journey, at, now),
        gone=gone,
        template=message.template,
        action_url=at.cart_url if message.about == "cart" else page,
    )
