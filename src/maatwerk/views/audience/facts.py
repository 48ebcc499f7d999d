"""What is known of a shopper as conditions read it: each group made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from maatwerk.core.conditions.tallying import HAPPENINGS, Happenings
from maatwerk.core.money import digits_of
from maatwerk.core.time import DAY
from maatwerk.events.consent import PURPOSES
from maatwerk.views.audience.fold import LISTS, Behavior, Kept, Row, rows_of
from maatwerk.views.catalog.columns import Catalog, Catalogs
from maatwerk.views.profile.familiarity import familiarity
from maatwerk.views.profile.folds.orders import summary
from maatwerk.views.profile.folds.sessions import GAP_MS, Session, total
from maatwerk.views.profile.folds.traits import traits
from maatwerk.views.profile.folds.wishes import open_wishes
from maatwerk.views.profile.shopper import Shopper

Group = Callable[[Shopper, int], Mapping[str, Any]]
"""A group of facts that another room knows: affinity, predictions."""

_PRODUCTS_MOST = 50_000


class Facts(dict[str, Any]):
    """The data of conditions about one shopper at one moment."""

    def __init__(
        self, shopper: Shopper, now: int, seeing: Seeing, given: Mapping[str, Group] | None = None
    ) -> None:
        """``given`` are groups that the caller has at hand already."""
        super().__init__()
        self._given = given or {}
        self["now"] = now
        self._shopper = shopper
        self._seeing = seeing

    def last_visit(self) -> Session | None:
        """Her newest visit, over or not."""
        sessions = self._shopper.sessions.sessions
        return sessions[-1] if sessions else None

    def __missing__(self, name: str) -> Any:
        if name == HAPPENINGS:
            happened: Happenings = _Happened(self._shopper.of(self._seeing.behavior), self._seeing.products)
            made: Any = happened
        elif name in self._given:
            made = self._given[name](self._shopper, self["now"])
        elif name in self._seeing.groups:
            made = self._seeing.groups[name](self._shopper, self["now"])
        elif name in _GROUPS:
            made = _GROUPS[name](self._shopper, self["now"], self._seeing.currency)
        else:
            raise KeyError(name)
        self[name] = made
        return made


class Seeing:
    """What a process sees shoppers' facts with. ``groups`` are the facts of other rooms, by name."""

    def __init__(
        self, behavior: Behavior, catalogs: Catalogs, currency: str, groups: Mapping[str, Group] | None = None
    ) -> None:
        self.behavior = behavior
        self.currency = currency
        self.groups: dict[str, Group] = dict(groups or {})
        self.products = Products(catalogs)

    def facts(self, shopper: Shopper, now: int, given: Mapping[str, Group] | None = None) -> Facts:
        """One shopper's, at one moment."""
        return Facts(shopper, now, self, given)


class Products:
    """The catalog's products as conditions read them; remembered while they stay as they are."""

    def __init__(self, catalogs: Catalogs) -> None:
        self.catalogs = catalogs
        self._made: dict[str, tuple[Any, dict[str, Any] | None]] = {}

    def of(self, sku: str) -> dict[str, Any] | None:
        """The product of a SKU in the default catalog, else in any; None where nobody has it."""
        for store in self.catalogs.stores():
            catalog = self.catalogs.of(store)
            product = catalog.find(sku)
            if product is not None:
                known = self._made.get(sku)
                if known is None or known[0] is not product:
                    if len(self._made) >= _PRODUCTS_MOST:
                        self._made.clear()
                    known = self._made[sku] = (product, _product(catalog, sku))
                return known[1]
        return None


def _product(catalog: Catalog, sku: str) -> dict[str, Any]:
    row, above = catalog.row(sku), catalog.item(sku)
    product, parent = catalog.product(row), catalog.product(above)
    numbers = catalog.categories(row) or catalog.categories(above)
    data: dict[str, Any] = {
        "sku": product.sku,
        "name": product.name or parent.name,
        "margin": product.margin if product.margin is not None else parent.margin,
        "categories": [catalog.codes["category"].values[number] for number in numbers],
        "attributes": {**parent.attributes, **product.attributes},
    }
    if brand := product.brand or parent.brand:
        data["brand"] = brand
    price = product.price_minor if product.price_minor is not None else parent.price_minor
    if price is not None:
        data["price"] = float(price / 10 ** digits_of(product.currency or parent.currency))
    return data


class _Happened:
    """Kept rows; see `maatwerk.core.conditions.tallying.Happenings`."""

    __slots__ = ("_products", "_rows", "_state")

    def __init__(self, state: Kept, products: Products) -> None:
        self._state = state
        self._products = products
        self._rows: dict[str, list[Row]] = {}

    def rows(self, clause_id: str) -> list[Row]:
        rows = self._rows.get(clause_id)
        if rows is None:
            rows = self._rows[clause_id] = rows_of(self._state, clause_id)
        return rows

    def product(self, sku: str) -> dict[str, Any] | None:
        return self._products.of(sku)


def _profile(shopper: Shopper, now: int, currency: str) -> dict[str, Any]:
    seen = shopper.context
    told: dict[str, Any] = {"customer": bool(shopper.user_id)}
    if shopper.user_id:
        told["user_id"] = shopper.user_id
    if seen.first_at:
        told |= {"first_seen_at": seen.first_at, "last_seen_at": seen.last_at}
    return told


def _orders(shopper: Shopper, now: int, currency: str) -> dict[str, Any]:
    told = summary(shopper.orders)
    unit = 10 ** digits_of(currency)
    revenue = (told.revenue.get(currency, 0) + told.revenue.get("", 0)) / unit
    facts: dict[str, Any] = {
        "count": told.count,
        "revenue": revenue,
        "cancelled": told.cancelled,
        "refunded": (told.refunded.get(currency, 0) + told.refunded.get("", 0)) / unit,
    }
    if told.count:
        facts |= {"average": revenue / told.count, "first_at": told.first_at, "last_at": told.last_at}
    return facts


def _cart(shopper: Shopper, now: int, currency: str) -> dict[str, Any]:
    cart = shopper.cart
    known = [line for line in cart.lines if line.price_minor > 0 and cart.currency in ("", currency)]
    facts: dict[str, Any] = {
        "size": sum(line.quantity for line in cart.lines),
        "value": sum(line.price_minor * line.quantity for line in known) / 10 ** digits_of(currency),
        "skus": [line.sku for line in cart.lines],
    }
    if cart.updated_at:
        facts["updated_at"] = cart.updated_at
    return facts


def _visit(shopper: Shopper, now: int, currency: str) -> dict[str, Any]:
    session = shopper.session
    if session is None or session.start > now:
        return {}
    landing = session.landing
    told = {
        "source": landing.source,
        "medium": landing.medium,
        "campaign": landing.campaign,
        "referrer": landing.referrer,
    }
    counts = {
        "started_at": session.start,
        "events": session.events,
        "views": session.views,
        "adds": session.adds,
        "orders": session.orders,
    }
    return counts | {name: text for name, text in told.items() if text}


def _consent(shopper: Shopper, now: int, currency: str) -> dict[str, Any]:
    return {purpose: shopper.granted(purpose) for purpose in PURPOSES}


def _seen(field: str) -> Callable[[Shopper, int, str], Any]:
    return lambda shopper, now, currency: shopper.context.value(field) or None


_GROUPS: dict[str, Callable[[Shopper, int, str], Any]] = {
    "profile": _profile,
    "traits": lambda shopper, now, currency: traits(shopper.traits),
    "consent": _consent,
    "orders": _orders,
    "cart": _cart,
    "visits": lambda shopper, now, currency: {"count": total(shopper.sessions)},
    "visit": _visit,
    "familiarity": lambda shopper, now, currency: familiarity(
        shopper.orders, shopper.traits, shopper.user_id, now
    ),
    "wishes": lambda shopper, now, currency: {"count": len(open_wishes(shopper.wishes))},
    "listed": lambda shopper, now, currency: {
        key: listed for key, (_, _, listed) in shopper.of(LISTS).told.items()
    },
    **{field: _seen(field) for field in ("country", "device", "locale", "store", "timezone")},
}


def _visit_ends(facts: Any) -> int:
    session = facts.last_visit()
    return session.end + GAP_MS if session else 0


def _tomorrow(facts: Any) -> int:
    return int(facts["now"]) + DAY


MOVING: Mapping[str, Callable[[Any], int]] = {
    "visit": _visit_ends,
    "affinity": _tomorrow,
    "predicted": _tomorrow,
    "familiarity": _tomorrow,
}
"""When facts change by themselves: a visit ends; what fades or is reckoned anew is looked at once a day."""
