"""Feed: a feed's products as they stand, one by one; what cannot be bought is left out."""

from __future__ import annotations

from collections.abc import Iterator

from maatwerk.core.errors import Refused
from maatwerk.core.money import decimal_text
from maatwerk.decisions.pipeline.words import Page
from maatwerk.effects.channels.letter import absolute
from maatwerk.effects.feeds.words import BUILT_IN, KIND, Feed, Line, parse_feed
from maatwerk.flows.decide import Deciding
from maatwerk.flows.page import products_for
from maatwerk.flows.preview import preview
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.catalog.words import Product
from maatwerk.views.rules.book import RuleBook

_IMAGES, _TITLE, _TEXT = 10, 150, 5_000
_GENDERS = {"women": "female", "woman": "female", "men": "male", "man": "male"}
_AGES = frozenset({"newborn", "infant", "toddler", "kids", "adult"})


def feed_of(book: RuleBook, key: str) -> Feed:
    """A feed by its key. Raises `Refused` (404)."""
    rule = book.get(KIND, key)
    if rule is not None and rule.document is not None:
        return parse_feed(key, rule.document)
    if key in BUILT_IN:
        return BUILT_IN[key]
    raise Refused("feed_not_found", f"there is no feed {key[:80]!r}", field="key", status=404)


def lines(deciding: Deciding, feed: Feed, home: str, now: int) -> Iterator[Line]:
    """Its products: those with a price, an address and a picture, that can be bought now."""
    catalog = deciding.knowledge.catalogs.of(feed.store)
    told = 0
    for row in _rows(deciding, feed, catalog, now):
        if told >= feed.limit:
            return
        line = _line(catalog, row, feed, home, now) if catalog.available[row] else None
        if line is not None:
            told += 1
            yield line


def _rows(deciding: Deciding, feed: Feed, catalog: Catalog, now: int) -> Iterator[int]:
    if not feed.unit:
        for row in range(len(catalog.skus)):
            if catalog.available[row] and not len(catalog.variants(row)):
                yield row
        return
    question, _ = preview(deciding, (), Page(type="feed"), now=now, store=feed.store)
    for pick in products_for(question, feed.unit, feed.limit).picks:
        variants = [row for row in catalog.variants(pick.row) if catalog.available[row]]
        yield from variants or [pick.row]


def _line(catalog: Catalog, row: int, feed: Feed, home: str, now: int) -> Line | None:
    product, above = catalog.product(row), int(catalog.parent[row])
    parent = catalog.product(above) if above >= 0 else product
    url, images = product.url or parent.url, product.images or parent.images
    link, pictures = (
        absolute(url, home),
        [whole for each in images[: _IMAGES + 1] if (whole := absolute(each, home))],
    )
    price = product.price_minor if product.price_minor is not None else product.price_at(now)
    if price is None or not product.currency or not link or not pictures or not product.published:
        return None
    current = product.price_at(now)
    reduced = current is not None and current < price
    gender = _said(product, parent, "gender").lower()
    age = _said(product, parent, "age_group").lower()
    title = product.name or parent.name or product.sku
    return Line(
        sku=product.sku,
        group=parent.sku if above >= 0 else "",
        title=(feed.prefix + title)[:_TITLE],
        description=(product.description or parent.description or title)[:_TEXT],
        url=link,
        image=pictures[0],
        more_images=tuple(pictures[1:]),
        price=f"{decimal_text(price, product.currency)} {product.currency}",
        sale_price=f"{decimal_text(current or 0, product.currency)} {product.currency}" if reduced else "",
        brand=product.brand or parent.brand,
        category=" > ".join((product.categories or parent.categories or ("",))[0].split("/")),
        gtin=_said(product, parent, "gtin"),
        color=_said(product, parent, "color"),
        size=_said(product, parent, "size"),
        gender=_GENDERS.get(gender, gender if gender in ("male", "female", "unisex") else ""),
        age_group=age if age in _AGES else "",
        label=feed.audience,
    )


def _said(product: Product, parent: Product, name: str) -> str:
    value = product.attributes.get(name, parent.attributes.get(name, ""))
    return value if isinstance(value, str) else ""
