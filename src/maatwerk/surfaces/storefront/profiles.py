"""`GET /v1/profiles/{namespace}/{id}` and its timeline: what is known of one shopper, for the secret key."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.limits import LAST_CURSOR, PAGE_LIMIT
from maatwerk.core.money import Money, digits_of
from maatwerk.core.time import format_time
from maatwerk.decisions.recommend.taste import known
from maatwerk.events.consent import OBJECTIONS, PURPOSES
from maatwerk.events.source import source_of
from maatwerk.flows.decide import Deciding
from maatwerk.flows.unmerge import plan, unmerge
from maatwerk.surfaces.http.request import Request, read_json
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes
from maatwerk.surfaces.storefront.told import newest_orders, stated, trait_sources
from maatwerk.views.predicted.words import wire
from maatwerk.views.profile.find import Profile, profile, timeline
from maatwerk.views.profile.folds import ORDER_RECORDS
from maatwerk.views.profile.folds.orders import summary
from maatwerk.views.profile.folds.searches import searches
from maatwerk.views.profile.folds.sessions import total
from maatwerk.views.profile.folds.traits import traits
from maatwerk.views.profile.namespaces import Policy
from maatwerk.views.profile.words import VIEW

NAMESPACES = Policy().namespaces()
_UNMERGE_BYTES = 8_192
_FOLDED_SECONDS = 2.0
_LOOK_SECONDS = 0.01
_LISTED = 30


class _Unmerge(msgspec.Struct, forbid_unknown_fields=True):
    profile_id: str
    ns: str
    id: str


_UNMERGE = msgspec.json.Decoder(_Unmerge)
_CHANCE_BYTES = 16


class ProfileSurface:
    """The routes of profiles."""

    def __init__(self, deciding: Deciding) -> None:
        self._deciding = deciding

    def add_to(self, routes: Routes) -> None:
        """Serve them."""
        routes.add("POST", "/v1/profiles/unmerge", self.unmerge, Access.SECRET)
        routes.add("GET", "/v1/profiles/{namespace}/{id}", self.show, Access.SECRET)
        routes.add("GET", "/v1/profiles/{namespace}/{id}/timeline", self.timeline, Access.SECRET)

    async def show(self, request: Request) -> Response:
        """One profile."""
        await folded(self._deciding)
        now = self._deciding.recording.clock()
        self._deciding.knowledge.refresh(now)
        with self._deciding.store.snapshot() as snapshot:
            signals = self._deciding.belonging.signals
            found = profile(snapshot, self._deciding.recent, *named(request), now, signals)
            if found is None:
                raise unknown(request)
            return json_response(profile_wire(self._deciding, found, now))

    async def unmerge(self, request: Request) -> Response:
        """Take an identifier away from a profile; ``dry_run=1`` says in numbers what that will do."""
        said: _Unmerge = read_json(await request.body(_UNMERGE_BYTES), _UNMERGE)
        await folded(self._deciding)
        deciding = self._deciding
        now = deciding.recording.clock()
        with deciding.store.snapshot() as snapshot:
            planned = plan(snapshot, deciding.recent, said.profile_id, said.ns, said.id, now)
        answer: dict[str, Any] = {
            "profile_id": planned.profile_id,
            "ns": planned.namespace,
            "id": planned.value,
            "events": planned.events,
            "events_leaving": planned.leaving,
            "devices_leaving": planned.devices,
            "links_cut": planned.links,
        }
        if request.query.get("dry_run") in ("1", "true"):
            return json_response(answer | {"done": False})
        chance = deciding.chance(_CHANCE_BYTES)
        await asyncio.to_thread(unmerge, deciding.recording.log, planned, now, chance, "secret key")
        await folded(deciding)
        return json_response(answer | {"done": True})

    async def timeline(self, request: Request) -> Response:
        """Her events, newest first, in pages."""
        await folded(self._deciding)
        limit, _ = request.page(PAGE_LIMIT)
        before = request.whole_number("cursor", 0, 0, LAST_CURSOR)
        with self._deciding.store.snapshot() as snapshot:
            now = self._deciding.recording.clock()
            if profile(snapshot, self._deciding.recent, *named(request), now) is None:
                raise unknown(request)
            events = timeline(snapshot, self._deciding.recent, *named(request), before=before, limit=limit)
        items = [
            {
                "offset": event.offset,
                "event": event.name,
                "time": format_time(event.time),
                "messageId": event.id,
                "anonymousId": event.anonymous_id or None,
                "userId": event.user_id or None,
                "properties": event.properties,
                "origin": event.origin,
                "source": source_of(event),
                "flags": event.flags,
            }
            for event in events
        ]
        return json_response(
            {"items": items, "next": str(events[-1].offset) if len(events) == limit else None}
        )


def profile_wire(deciding: Deciding, found: Profile, now: int) -> dict[str, Any]:
    """A profile as the HTTP contract writes it, with what recommendations go by."""
    shopper = found.shopper
    catalog = deciding.knowledge.catalogs.of("default")
    actions = shopper.activity.actions
    who = known(
        [(action.time, action.kind, action.sku) for action in actions],
        [line.sku for line in shopper.cart.lines],
        catalog,
        deciding.knowledge.baseline(catalog).shares,
        now,
        stated=shopper.preferences,
    )
    told = summary(shopper.orders)
    own = deciding.recording.currency
    return {
        "profile_id": found.profile_id,
        "identifiers": found.identifiers,
        "traits": traits(shopper.traits),
        "trait_sources": trait_sources(shopper.traits),
        "audiences": deciding.belonging.of(deciding.store, shopper, now),
        "consent": {
            purpose: "granted" if answer else "denied"
            for purpose in PURPOSES
            if (answer := shopper.granted(purpose)) is not None
        },
        "objections": [to for to in OBJECTIONS if shopper.objected(to)],
        "affinity": {
            facet: {
                catalog.codes[facet].values[number]: {
                    "share": round(share, 4),
                    "lift": round(who.affinity.lifts[facet][number], 3),
                }
                for number, share in sorted(shares.items(), key=lambda pair: -pair[1])[:_LISTED]
            }
            for facet, shares in who.affinity.weights.items()
        },
        "recently_viewed": [catalog.skus[row] for row in who.viewed[:_LISTED].tolist()],
        "cart": {
            "id": shopper.cart.cart_id or None,
            "items": [
                {
                    "sku": line.sku,
                    "quantity": line.quantity,
                    "price": None
                    if line.price_minor < 0
                    else _money(line.price_minor, shopper.cart.currency, own).wire(),
                    "added_at": format_time(line.added_at),
                }
                for line in shopper.cart.lines
            ],
        },
        "orders": {
            "count": told.count,
            "in_store": told.in_store,
            "cancelled": told.cancelled,
            "revenue": [money.wire() for money in _sums(told.revenue, own)],
            "refunded": [money.wire() for money in _sums(told.refunded, own)],
            "newest": newest_orders(shopper.of(ORDER_RECORDS)),
        },
        "searches": [search.query for search in searches(shopper.searches)[:_LISTED]],
        "sessions": total(shopper.sessions),
        "predicted": wire(deciding.predicting.of(shopper, now)),
        "familiarity": shopper.familiarity,
        "preferences": stated(shopper.preferences),
    }


def _money(minor: int, currency: str, own: str) -> Money:
    """An amount as it was folded: without a currency it is of two decimals, and in the workspace's own."""
    return Money(minor, currency) if currency else Money(minor * 10 ** digits_of(own) // 100, own)


def _sums(by_currency: Mapping[str, int], own: str) -> list[Money]:
    sums: dict[str, Money] = {}
    for currency, minor in by_currency.items():
        money = _money(minor, currency, own)
        sums[money.currency] = sums.get(money.currency, Money(0, money.currency)) + money
    return [sums[currency] for currency in sorted(sums)]


def named(request: Request) -> tuple[str, str]:
    """Namespace and identifier of the path; the shop may have declared namespaces of its own."""
    return request.params["namespace"], request.params["id"]


def unknown(request: Request) -> Refused:
    """The refusal where nobody goes by what the path names."""
    namespace, value = named(request)
    hint = "" if namespace in NAMESPACES else f"namespaces are {', '.join(NAMESPACES)}, and those declared"
    return Refused(
        "profile_not_found",
        f"nobody goes by {namespace[:40]} {value[:80]!r}",
        field="id" if namespace in NAMESPACES else "namespace",
        hint=hint,
        status=404,
    )


async def folded(deciding: Deciding) -> None:
    """Wait until the views hold all that was in the log when this was asked, two seconds at most.

    For whoever holds the secret key: what was just sent is what is read.
    """
    until = await asyncio.to_thread(deciding.recording.log.last_offset)
    for _ in range(int(_FOLDED_SECONDS / _LOOK_SECONDS)):
        with deciding.store.snapshot() as snapshot:
            if snapshot.checkpoint(VIEW) >= until:
                return
        await asyncio.sleep(_LOOK_SECONDS)
