"""How the shop is doing, and what personalization adds: the prepared tables, read as figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from maatwerk.decisions.experiments.assign import held_out
from maatwerk.decisions.experiments.intervals import Sample
from maatwerk.decisions.experiments.readout import Arm, Readout, readout
from maatwerk.events.log import DecisionRow, Log
from maatwerk.flows.train import tail
from maatwerk.views.catalog.columns import Catalog
from maatwerk.views.insight.figures import Figures, figures
from maatwerk.views.insight.lake import Lake
from maatwerk.views.insight.prepared import Ground, Prepared, Tables
from maatwerk.views.insight.sql import text as sql_text

EXPOSED = "exposed"


class Decided(Protocol):
    """The decisions stream, oldest first."""

    def decisions_between(
        self, since_ms: int, until_ms: int, after: str = "", limit: int = 1
    ) -> Sequence[DecisionRow]:
        """Decisions made in ``[since_ms, until_ms)``."""


@dataclass(frozen=True)
class Reporting:
    """What reports are read with. ``holdout_share`` in [0, 1]; ``clock`` is the workspace's."""

    lake: Lake
    log: Log
    decided: Decided
    prepared: Prepared
    catalog: Callable[[], Catalog]
    clock: Callable[[], int]
    currency: str
    holdout_share: float
    parquet: Callable[[Mapping[str, str], Sequence[Mapping[str, Any]]], bytes]
    """Rows as a Parquet file; columns are ``number`` or ``text``."""
    timezone: str = "UTC"

    @contextmanager
    def tables(self) -> Iterator[Tables]:
        """The prepared tables, open. Takes as long as they do: not on the event loop."""
        with self.prepared.open(self.ground, self.log.last_offset()) as tables:
            yield tables

    def ground(self) -> Ground:
        """What they are made from now."""
        return Ground(
            tail(self.lake, self.log),
            self.currency,
            product_of(self.catalog()),
            self.begun(),
            (lambda who: held_out(who, self.holdout_share)) if self.holdout_share else None,
        )

    def begun(self) -> int:
        """When the first decision that is kept was made (ms); 0: none yet."""
        first = self.decided.decisions_between(0, self.clock(), "", 1)
        return first[0].time if first else 0


class Insight(msgspec.Struct, frozen=True):
    """The first page: the figures, and what Maatwerk adds since ``added_since`` (0: nothing decided yet)."""

    figures: Figures
    added: Readout
    added_since: int
    upto: int
    """The log offset that all this counts up to."""


def insight(reporting: Reporting, days: int) -> Insight:
    """The figures of some days, against those before and a year ago.

    What Maatwerk adds is counted from the first decision that is kept, whatever ``days`` are asked: an
    interval that may be looked at every day needs a beginning that does not move.
    """
    with reporting.tables() as tables:
        found = figures(tables, now=reporting.clock(), days=days, currency=reporting.currency)
        since = reporting.begun()
        return Insight(found, added(tables, since, reporting.holdout_share), since, tables.upto)


def added(tables: Tables, since: int, share: float) -> Readout:
    """The comparison with the holdout since ``since``."""
    if not share:
        return Readout("no_holdout", share=share)
    arms = {False: Arm(), True: Arm()}
    for row in tables.ask(sql_text(EXPOSED), {"since": since}):
        paid = Sample(row["visitors"], row["revenue_minor"], row["squares"])
        arms[row["held"]] = Arm(paid, row["buyers"])
    return readout(arms[False], arms[True], share)


def product_of(catalog: Catalog) -> dict[str, str]:
    """Variants' SKUs to those of their products."""
    rows = (catalog.parent[: catalog.size] >= 0).nonzero()[0].tolist()
    return {catalog.skus[row]: catalog.skus[int(catalog.parent[row])] for row in rows}
