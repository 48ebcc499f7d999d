"""What the operator asks, with the secret key alone: events, totals, rejected messages, the catalog."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from maatwerk.events.event import Event
from maatwerk.flows.put_products import Current
from maatwerk.flows.record import Recording
from maatwerk.surfaces.admin.catalog import add_catalog
from maatwerk.surfaces.admin.events import add_events
from maatwerk.surfaces.admin.rejected import add_rejected
from maatwerk.surfaces.admin.stats import add_stats
from maatwerk.surfaces.http.routes import Routes

OwnersOf = Callable[[list[Event]], list[str | None]]


def add_admin(
    routes: Routes,
    recording: Recording,
    *,
    owners_of: OwnersOf | None = None,
    figures: Callable[[], Mapping[str, Any]] | None = None,
    current: Current | None = None,
) -> None:
    """Serve `/v1/admin/…` and `/v1/catalog/…`.

    ``owners_of`` names the profile of each event of a page (None where it has none), ``figures`` adds
    to `/v1/admin/stats` (``lag_seconds``), ``current`` looks a
    product up by store and SKU.
    """
    add_events(routes, recording, owners_of)
    add_stats(routes, recording.log, figures)
    add_rejected(routes, recording)
    add_catalog(routes, recording, current)
