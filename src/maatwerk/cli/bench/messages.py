"""`bench render` and `bench feed`: personal mails a second, and a product feed's time and memory."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from maatwerk.app.parts import open_parts
from maatwerk.app.starting import make_workspace
from maatwerk.cli.bench.plan import Shop, Sizes, shopper
from maatwerk.cli.bench.world import kept_at, world
from maatwerk.effects.channels.email import Envelope, write
from maatwerk.effects.channels.letter import sender, shown
from maatwerk.effects.channels.render import render
from maatwerk.effects.channels.template import shipped
from maatwerk.effects.clicks import click_url
from maatwerk.effects.feeds.words import FORMATS, Feed, format_of
from maatwerk.effects.feeds.write import written
from maatwerk.effects.outbox import Message
from maatwerk.flows.choose_for import choose_for
from maatwerk.flows.compose import Links, values
from maatwerk.flows.decide import Deciding
from maatwerk.flows.feed import lines
from maatwerk.flows.seen import person
from maatwerk.views.catalog.words import Product

Say = Callable[[str], None]
_AT = sender(
    name="Bench", mail_from="Bench <a@bench.example>", mail_address="1 Street", public_url="https://p.bench.example",
    shop_url="https://bench.example", cart_url="/cart",
)  # fmt: skip
_KEY = b"b" * 32


class Rendering(msgspec.Struct, frozen=True):
    """What `bench render` found. Seconds are of one process; ``bytes`` is the largest HTML part."""

    mails: int
    a_second: float
    decide_ms: float
    write_ms: float
    products: int
    bytes: int


class Feeding(msgspec.Struct, frozen=True):
    """What `bench feed` found of one format. ``grown_mb``: how much the process grew while writing."""

    format: str
    products: int
    seconds: float
    mb: float
    grown_mb: float


def bench_render(mails: int, sizes: Sizes, folder: Path | None, say: Say) -> Rendering:
    """Letters to shoppers of a synthetic shop, each loaded, decided and written as when it is sent."""
    place = folder or kept_at(sizes)
    world(place, sizes, say)
    parts = open_parts(place)
    try:
        parts.knowledge.load()
        parts.knowledge.refresh_models()
        now, template = parts.clock(), shipped()["newsletter"]
        decided = wrote = 0.0
        most = told = done = 0
        for number in range(mails):
            began = time.perf_counter()
            message = Message(
                f"m-{number}", "newsletter", "letter", "email", "o", now, now, (), "default",
                anonymous_id=shopper(number % sizes.shoppers),
            )  # fmt: skip
            with parts.store.snapshot() as read:
                known = person(read, parts.log, message.who, now)
            chosen = choose_for(parts.deciding, known.sure, "default", "for-you", 6, now)
            middle = time.perf_counter()
            decided += middle - began
            if not chosen:
                continue
            listed = shown([each for each, _ in chosen], "newsletter", _AT, now, [why for _, why in chosen])
            said = values(_AT, message, template, known, listed, 0, Links("https://p.bench.example/u/x", "y"))
            rendered = render(
                template, "en", said, partial(click_url, _KEY, _AT.public_url, message.message_id)
            )
            around = Envelope("a@b.example", f"m-{number}", "https://p.bench.example/u/x", "n", "news", now)
            write(rendered, _AT, around)
            wrote += time.perf_counter() - middle
            most, told, done = max(most, len(rendered.html.encode())), told + len(chosen), done + 1
        return Rendering(
            done, round(done / (decided + wrote), 1), round(1000 * decided / mails, 2),
            round(1000 * wrote / max(done, 1), 2), round(told / max(done, 1)), most,
        )  # fmt: skip
    finally:
        parts.close()


def bench_feed(products: int, say: Say) -> list[Feeding]:
    """A feed of so many products in each format, from the catalog in memory."""
    with tempfile.TemporaryDirectory() as folder:
        make_workspace(Path(folder) / "shop")
        parts = open_parts(Path(folder) / "shop")
        try:
            parts.knowledge.load()
            shop, catalog = Shop(Sizes(products=products)), parts.knowledge.catalogs.of("default")
            for number in range(products):
                catalog.put(_product(shop.product(number)))
            catalog.refresh_prices(parts.clock())
            say(f"{products:,} products are in memory")
            return [_fed(parts.deciding, name, parts.clock()) for name in FORMATS]
        finally:
            parts.close()


def _fed(deciding: Deciding, name: str, now: int) -> Feeding:
    before, began, size, told = _peak(), time.perf_counter(), 0, 0
    for piece in written(lines(deciding, Feed(), _AT.shop_url, now), format_of(name), "All", _AT.shop_url):
        size += len(piece)
        told += piece.count(b"<item>") if name == "google" else piece.count(b"\n")
    seconds = time.perf_counter() - began
    return Feeding(name, told, round(seconds, 2), round(size / 1e6, 1), round(_peak() - before, 1))


def _product(said: dict[str, Any]) -> Product:
    sku, price = str(said["sku"]), round(float(str(said["price"])) * 100)
    return Product(
        sku=sku,
        name=str(said["name"]),
        brand=str(said.get("brand", "")),
        description=str(said.get("description", "")),
        categories=tuple(said.get("categories", ())),
        url=f"/p/{sku}",
        images=(f"/i/{sku}.jpg",),
        currency="EUR",
        price_minor=price,
        stock=5,
    )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
