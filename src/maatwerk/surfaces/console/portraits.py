"""One shopper as the console shows her: what she goes for, what she looked at, what is in her cart."""

from __future__ import annotations

from typing import Any

import msgspec

from maatwerk.core.money import Money
from maatwerk.decisions.pipeline.words import Known
from maatwerk.decisions.recommend.taste import known
from maatwerk.events.consent import PURPOSES
from maatwerk.surfaces.console import words
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.profile.find import Profile, profile
from maatwerk.views.profile.folds.orders import placed, summary
from maatwerk.views.profile.folds.searches import searches
from maatwerk.views.profile.folds.sessions import total
from maatwerk.views.profile.folds.traits import Told, sources, traits
from maatwerk.views.profile.shopper import Shopper

NAMESPACES = ("user_id", "email", "anonymous_id", "phone", "device_id")
"""Where a search looks, in this order."""
FACETS = ("category", "gender", "brand", "color")
_BARS = 6
_PICTURES = 12
_LISTED = 20


class Bar(msgspec.Struct, frozen=True):
    """One value she goes for: her share, and how many times the shop's that is."""

    value: str
    share: float
    lift: float


class Thing(msgspec.Struct, frozen=True):
    """A product with its picture; ``note`` is a quantity, a price or a time."""

    sku: str
    name: str
    image: str
    note: str = ""


class Trait(msgspec.Struct, frozen=True):
    """A trait as it is read: its value, who told it and when, and what others say beside it."""

    value: str
    source: str
    time: int
    others: list[tuple[str, str]]


class Portrait(msgspec.Struct, frozen=True):
    """All that a page shows of a profile."""

    namespace: str
    value: str
    profile_id: str
    name: str
    identifiers: dict[str, list[str]]
    traits: dict[str, Trait]
    familiarity: str
    consent: dict[str, bool]
    affinity: dict[str, list[Bar]]
    mass: float
    viewed: list[Thing]
    cart: list[Thing]
    orders: int
    revenue: list[Money]
    ordered: list[dict[str, Any]]
    searched: list[str]
    sessions: int
    first_at: int
    last_at: int
    holdout: bool
    events: int
    audiences: list[str]
    person: str
    """How rows of audiences name her."""


def find(access: ConsoleAccess, namespace: str, value: str) -> Profile | None:
    """Whoever goes by an identifier."""
    with access.deciding.store.snapshot() as snapshot:
        return profile(
            snapshot,
            access.deciding.recent,
            namespace,
            value,
            access.now(),
            access.deciding.belonging.signals,
        )


def portrait(access: ConsoleAccess, namespace: str, value: str, held_out: bool) -> Portrait | None:
    """The profile as a page shows it; None where nobody goes by that."""
    now = access.now()
    with access.deciding.store.snapshot() as snapshot:
        signals = access.deciding.belonging.signals
        found = profile(snapshot, access.deciding.recent, namespace, value, now, signals)
        if found is None:
            return None
        return _portrait(access, found, (namespace, value), now, held_out)


def _portrait(
    access: ConsoleAccess, found: Profile, named: tuple[str, str], now: int, held_out: bool
) -> Portrait:
    shopper, catalog = found.shopper, access.catalog
    who = taste(access, shopper, catalog, now)
    told, told_traits = summary(shopper.orders), traits(shopper.traits)
    full = " ".join(str(told_traits.get(part, "")) for part in ("firstName", "lastName")).strip()
    return Portrait(
        namespace=named[0],
        value=named[1],
        profile_id=found.profile_id,
        name=full or str(told_traits.get("name", "")) or words.shopper(*_ids(found)),
        identifiers=found.identifiers,
        traits={name: _trait(heard) for name, heard in sources(shopper.traits).items()},
        familiarity=shopper.familiarity,
        consent={
            purpose: answer for purpose in PURPOSES if (answer := shopper.granted(purpose)) is not None
        },
        affinity={facet: _bars(who, catalog, facet) for facet in FACETS},
        mass=who.affinity.mass,
        viewed=[_thing(catalog, catalog.skus[row]) for row in who.viewed[:_PICTURES].tolist()],
        cart=[_thing(catalog, line.sku, f"× {line.quantity}") for line in shopper.cart.lines],
        orders=told.count,
        revenue=[Money(minor, currency) for currency, minor in sorted(told.revenue.items())],
        ordered=[
            {"id": key, "time": order.time, "total": order.total_minor, "currency": order.currency,
             "channel": order.channel, "things": [_thing(catalog, line[0]) for line in order.lines[:6]]}
            for key, order in placed(shopper.orders)[:_LISTED]
        ],
        searched=[search.query for search in searches(shopper.searches)[:_LISTED]],
        sessions=total(shopper.sessions),
        first_at=shopper.context.first_at,
        last_at=shopper.context.last_at,
        holdout=held_out,
        events=shopper.known_events,
        audiences=access.deciding.belonging.of(access.deciding.store, shopper, now),
        person=f"u/{shopper.user_id}" if shopper.user_id else f"a/{shopper.anonymous_id}",
    )  # fmt: skip


def taste(access: ConsoleAccess, shopper: Shopper, catalog: Catalog, now: int) -> Known:
    """What counts about her, as decisions see it."""
    return known(
        [(action.time, action.kind, action.sku) for action in shopper.activity.actions],
        [line.sku for line in shopper.cart.lines],
        catalog,
        access.knowledge.baseline(catalog).shares,
        now,
        stated=shopper.preferences,
    )


def _trait(heard: list[tuple[Told, Any]]) -> Trait:
    told, value = heard[0]
    others = [(other.source, _written(said)) for other, said in heard[1:] if said != value]
    return Trait(_written(value), told.source, told.time, others)


def _written(value: Any) -> str:
    """A value for reading: an address as its parts, a list as its entries."""
    if isinstance(value, dict):
        return ", ".join(_written(each) for each in value.values())
    return ", ".join(map(_written, value)) if isinstance(value, list) else str(value)


def _ids(found: Profile) -> tuple[str, str]:
    devices, users = found.identifiers.get("anonymous_id", []), found.identifiers.get("user_id", [])
    return (devices[0] if devices else "", users[0] if users else "")


def _bars(who: Known, catalog: Catalog, facet: str) -> list[Bar]:
    values, lifts = catalog.codes[facet].values, who.affinity.lifts[facet]
    ranked = sorted(who.affinity.weights[facet].items(), key=lambda pair: -pair[1])
    return [Bar(values[number], share, lifts[number]) for number, share in ranked[:_BARS]]


def _thing(catalog: Catalog, sku: str, note: str = "") -> Thing:
    name, image = words.product_line(catalog, sku)
    return Thing(sku, name or sku, image, note)
