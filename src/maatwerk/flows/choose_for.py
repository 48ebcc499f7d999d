"""Choose for: the products of a message, by the same units and the same pipeline as the shop's own pages."""

from __future__ import annotations

from maatwerk.decisions.pipeline.words import Page
from maatwerk.events.consent import PROFILING
from maatwerk.flows.compose import displayed
from maatwerk.flows.decide import Deciding
from maatwerk.flows.page import products_for
from maatwerk.flows.preview import preview
from maatwerk.views.catalog.words import Product
from maatwerk.views.profile.shopper import Shopper

PAGE = Page(type="mail")


def choose_for(
    deciding: Deciding, shopper: Shopper, store: str, unit: str, count: int, now: int
) -> list[tuple[Product, str]]:
    """What can be bought now and suits her, best first, each with its reason."""
    impersonal = shopper.granted("personalization") is False or shopper.objected(PROFILING)
    who = None if impersonal else shopper
    question, _ = preview(deciding, (), PAGE, now=now, shopper=who, store=store)
    slot = products_for(question, unit, count)
    catalog = question.catalog
    return [(displayed(catalog, pick.row), pick.reason) for pick in slot.picks]
