"""How the shop is doing, and what personalization adds: the queries over history, read as figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from maatwerk.decisions.experiments.readout import Readout, readout, split
from maatwerk.events.log import DecisionRow, Log
from maatwerk.flows.train import tail
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.insight.figures import Figures, figures
from maatwerk.views.insight.lake import Lake
from maatwerk.views.insight.sql import text as sql_text

EXPOSED = "exposed"


class Decided(Protocol):
    """The decisions stream, oldest first."""

    def decisions_between(
        self, since_ms: int, until_ms: int, after: str = "", limit: int = 1
    ) -> Sequence[DecisionRow]:
        """Decisions made in ``[since_ms, until_ms)``."""


class Insight(msgspec.Struct, frozen=True):
    """The first page: the figures, and what Maatwerk adds since ``added_since`` (0: nothing decided yet)."""

    figures: Figures
    added: Readout
    added_since: int
    upto: int
    """The log offset that all this counts up to."""


def insight(
    lake: Lake,
    log: Log,
    decided: Decided,
    catalog: Catalog,
    *,
    now: int,
    days: int,
    currency: str,
    share: float,
) -> Insight:
    """Reads the sealed history and the tail above it; takes as long as that is large: not on the event loop.

    What Maatwerk adds is counted from the first decision that is kept, whatever ``days`` are asked: an
    interval that may be looked at every day needs a beginning that does not move.
    """
    newest = tail(lake, log)
    first = decided.decisions_between(0, now, "", 1)
    since = first[0].time if first else 0
    added = Readout("no_holdout", share=share)
    if since and share:
        rows = lake.query(sql_text(EXPOSED), {"since": since, "currency": currency}, tail=newest)
        units = ((row["anonymous_id"], row["orders"], float(row["revenue_minor"])) for row in rows)
        added = readout(*split(units, share), share)
    elif share:
        added = readout(*split((), share), share)
    found = figures(lake, now=now, days=days, currency=currency, product_of=product_of(catalog), tail=newest)
    return Insight(found, added, since, max(lake.watermark(), newest[-1].offset if newest else 0))


def product_of(catalog: Catalog) -> dict[str, str]:
    """Variants' SKUs to those of their products."""
    rows = (catalog.parent[: catalog.size] >= 0).nonzero()[0].tolist()
    return {catalog.skus[row]: catalog.skus[int(catalog.parent[row])] for row in rows}
