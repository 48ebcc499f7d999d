"""The order of the shop's top links, by where this shopper's interest lies."""

from __future__ import annotations

import msgspec

from maatwerk.decisions.pipeline.words import Situation
from maatwerk.views.catalog.columns import Catalog

CLEAR_LEAD = 0.15
"""A link moves to the front only when her share of interest leads the shop's order by this much."""


class Link(msgspec.Struct, frozen=True):
    """A top-level category, with her share of interest in it and why it stands where it stands."""

    category: str
    title: str
    share: float
    reason: str


def navigate(
    situation: Situation, order: tuple[str, ...] = (), *, by_interest: bool = True
) -> tuple[Link, ...]:
    """Top-level categories: those she clearly goes for first, the others in the shop's own order.

    ``order`` is the shop's; categories it does not name follow by name. All links stay: nothing is hidden.
    """
    catalog = situation.catalog
    tops = top_categories(catalog)
    ordered = [top for top in order if top in tops] + sorted(top for top in tops if top not in order)
    personal = situation.known.personal and by_interest
    shares = situation.known.affinity.weights["category"] if personal else {}
    numbers = {top: catalog.codes["category"].find(top) for top in ordered}
    share = {top: shares.get(numbers[top], 0.0) for top in ordered}
    even = 1.0 / max(len(ordered), 1)
    place = {top: number for number, top in enumerate(ordered)}
    clear = [top for top in ordered if share[top] >= even + CLEAR_LEAD]
    clear.sort(key=lambda top: (-share[top], place[top]))
    why = "because you look here most" if situation.known.may_recall() else "most of interest in this visit"
    links = [Link(top, title_of(top), share[top], why) for top in clear]
    links += [Link(top, title_of(top), share[top], "the shop's order") for top in ordered if top not in clear]
    return tuple(links)


def top_categories(catalog: Catalog) -> list[str]:
    """First steps of the category paths that products in sale are in."""
    rows = (catalog.shown[: catalog.size] & catalog.tops()).nonzero()[0]
    numbers = {int(n) for n in catalog.facets["category"][rows]}
    names = catalog.codes["category"].values
    return sorted({names[n].split("/")[0] for n in numbers if n})


def title_of(category: str) -> str:
    """``home-living`` as ``Home living``."""
    text = category.rsplit("/", 1)[-1].replace("-", " ").replace("_", " ")
    return text[:1].upper() + text[1:]
