"""A page as nobody, or as a shopper, would see it: asked of the pipeline that serves."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from maatwerk.decisions.content.navigate import top_categories
from maatwerk.decisions.pipeline.words import Page
from maatwerk.decisions.recommend.desk import Desk
from maatwerk.decisions.recommend.words import Placement
from maatwerk.flows.page import Decided, Question
from maatwerk.flows.preview import preview
from maatwerk.surfaces.console import words
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.portraits import NAMESPACES, find
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.profile.shopper import Shopper

_LOOKED_BACK = 500
PAGES = ("home", "category", "product", "cart", "order", "search", "other")


class Subject(msgspec.Struct, frozen=True):
    """Which page is looked at, about what, by whom (None: nobody)."""

    page: Page
    about: str
    shopper: Shopper | None


class PreviewItem(msgspec.Struct, frozen=True):
    """One product a slot would show."""

    sku: str
    name: str
    image: str
    reason: str
    price_minor: int
    rules: list[str] = []
    """The merchant's rules that moved it."""


class Preview(msgspec.Struct, frozen=True):
    """One slot as it would be answered now."""

    key: str
    kind: str
    title: str
    unit: str
    helped: str
    empty: bool
    items: list[PreviewItem]
    links: list[str]
    removed: int
    instead: str = ""
    """The unit that helped out, as a word."""


def somebody(access: ConsoleAccess) -> str:
    """The visitor id of somebody who is known well: of the last who were here, who looked most."""
    newest = access.log.read(max(0, access.log.last_offset() - _LOOKED_BACK), _LOOKED_BACK)
    seen = Counter(event.anonymous_id for event in newest if event.name == "Product Viewed")
    del seen[""]
    return seen.most_common(1)[0][0] if seen else ""


def subject(access: ConsoleAccess, page: str, who: str, sku: str) -> Subject:
    """The page to look at; where it is about a product or a category, one that most shoppers see."""
    page = page if page in PAGES else "home"
    catalog = access.catalog
    shopper = None
    for namespace in NAMESPACES if who else ():
        found = find(access, namespace, who)
        if found is not None and found.shopper.known_events:
            shopper = found.shopper
            break
    if page == "product":
        chosen = sku if catalog.item(sku) >= 0 else _usual_product(access)
        return Subject(Page(type=page, sku=chosen), words.product_line(catalog, chosen)[0] or chosen, shopper)
    if page == "category":
        tops = top_categories(catalog)
        category = tops[0] if tops else ""
        return Subject(Page(type=page, category=category), words.unit(category), shopper)
    return Subject(Page(type=page), "", shopper)


def show(
    access: ConsoleAccess, placements: list[str], seen: Subject, desk: Desk | None = None
) -> list[Preview]:
    """The page's placements as they would be answered now; ``desk``: by rules not in force yet."""
    cart = (_usual_product(access),) if seen.page.type in ("cart", "order") else ()
    question, answers = preview(
        access.deciding, placements, seen.page, now=access.now(), shopper=seen.shopper, cart=cart, desk=desk
    )
    return [_preview(question, answer) for answer in answers]


def ready_words(placement: Placement, nobody: Preview | None, known: Preview | None) -> tuple[str, str]:
    """A state (``good``, ``fair``, ``bad``, ``off``) and what it means: tried as a visitor of whom nothing is
    known, and as a shopper of whom something is."""
    if not placement.active:
        return "off", "switched off"
    alone = nobody is not None and not nobody.empty
    knowing = known is not None and not known.empty and not known.helped
    if nobody is not None and alone and not nobody.helped:
        return "good", "ready"
    if knowing:
        others = f"others see {nobody.instead}" if nobody is not None and alone else "empty for others"
        return "good", f"ready for shoppers it knows; {others}"
    if nobody is not None and alone:
        return "fair", f"too little is known yet: {nobody.instead} instead"
    return "bad", "shows nothing yet: nothing is eligible"


def _preview(question: Question, answer: Decided) -> Preview:
    slot, catalog = answer.slot, question.catalog
    if answer.content is not None:
        block = answer.content.block
        said = [block.said.name or block.key] if block else []
        return Preview(
            answer.placement, "content", answer.title, "", "", not said, [], said, len(answer.content.out)
        )
    if slot is None:
        titles = [link.title for link in answer.links]
        return Preview(answer.placement, answer.kind, answer.title, "", "", not titles, [], titles, 0)
    return Preview(
        answer.placement,
        answer.kind,
        answer.title,
        slot.unit,
        words.fallback(slot.fallback),
        not slot.picks,
        [_item(catalog, pick) for pick in slot.picks],
        [],
        len(slot.removed),
        words.unit((slot.fallback or "").rpartition(":")[2]).lower(),
    )


def _item(catalog: Catalog, pick: Any) -> PreviewItem:
    name, image = words.product_line(catalog, catalog.skus[pick.row])
    sku = catalog.skus[pick.row]
    price = int(catalog.price[pick.row])
    return PreviewItem(sku, name or sku, image, pick.reason, price, list(pick.rules))


def _usual_product(access: ConsoleAccess) -> str:
    """A product in sale that much is known of: the most viewed, else the newest."""
    catalog = access.catalog
    rows = [row for row in catalog.newest().tolist() if catalog.available[row]]
    bound = access.knowledge.models.get("popularity", catalog)
    if bound is not None and "interest" in bound.arrays:
        interest = bound.arrays["interest"]
        rows.sort(key=lambda row: -float(interest[bound.word(row)]) if bound.word(row) >= 0 else 0.0)
    return catalog.skus[rows[0]] if rows else ""
