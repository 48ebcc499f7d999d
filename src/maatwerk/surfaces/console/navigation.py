"""The left rail: every page that has a place of its own, in groups. A new page is one line here.

A section's title is written in English; `language.FRAME` has it in Dutch and German.
"""

from __future__ import annotations

from typing import NamedTuple


class Section(NamedTuple):
    """A page of the rail. ``key`` is what its pages pass as ``section``; ``path`` is below ``/console``."""

    key: str
    path: str
    title: str
    icon: str


class Group(NamedTuple):
    """Pages that belong together. The first group has no title: its pages stand above all others."""

    title: str
    sections: tuple[Section, ...]


GROUPS = (
    Group(
        "",
        (
            Section("overview", "", "Overview", "overview"),
            Section("live", "live", "Live", "live"),
            Section("doctor", "doctor", "Doctor", "check"),
        ),
    ),
    Group(
        "People",
        (
            Section("shoppers", "shoppers", "Shoppers", "shopper"),
            Section("audiences", "audiences", "Audiences", "audiences"),
            Section("personas", "personas", "Personas", "personas"),
            Section("privacy", "privacy", "Privacy", "shield"),
        ),
    ),
    Group(
        "Shop",
        (
            Section("placements", "placements", "Placements", "placements"),
            Section("content", "content", "Content", "content"),
            Section("search", "search", "Search", "search"),
            Section("catalog", "catalog", "Catalog", "catalog"),
            Section("segments", "segments", "Segments", "segments"),
        ),
    ),
    Group(
        "Sell",
        (
            Section("offers", "offers", "Offers", "offers"),
            Section("experiments", "experiments", "Experiments", "experiments"),
            Section("what-if", "what-if", "What if", "eye"),
        ),
    ),
    Group(
        "Reach",
        (
            Section("journeys", "journeys", "Journeys", "journeys"),
            Section("campaigns", "campaigns", "Campaigns", "campaigns"),
            Section("messages", "messages", "Messages", "mail"),
            Section("templates", "templates", "Templates", "page"),
        ),
    ),
    Group(
        "Insight",
        (
            Section("insight", "insight", "Reports", "page"),
            Section("insight-shop", "insight/shop", "Revenue", "overview"),
            Section("insight-customers", "insight/customers", "Customers", "personas"),
            Section("insight-channels", "insight/channels", "Channels", "decision"),
            Section("insight-funnels", "insight/funnels", "Funnels", "click"),
            Section("insight-products", "insight/products", "Products", "catalog"),
            Section("insight-trends", "insight/trends", "Trends", "live"),
        ),
    ),
    Group(
        "Settings",
        (
            Section("start", "start", "Start", "click"),
            Section("accounts", "accounts", "Accounts", "shopper"),
            Section("audit", "audit", "Audit log", "page"),
            Section("rejected", "rejected", "Rejected", "rejected"),
            Section("health", "health", "Health", "health"),
        ),
    ),
)
"""People: who shops here. Shop: what she sees there (content, units, search, placements, products). Sell:
offers and experiments. Reach: journeys, campaigns, messages. Insight: reports. Settings: how it runs."""
