"""What reports of a workspace are read with."""

from __future__ import annotations

from maatwerk.app.parts import Parts
from maatwerk.engines.duckdb.files import to_parquet
from maatwerk.engines.duckdb.prepared import PreparedTables
from maatwerk.flows.insight import Reporting


def prepared_of(parts: Parts) -> PreparedTables:
    """The tables that reports read."""
    return PreparedTables(parts.lake, parts.workspace.lake)


def reporting_of(parts: Parts) -> Reporting:
    """What reports are read with."""
    return Reporting(
        lake=parts.lake,
        log=parts.log,
        decided=parts.log,
        prepared=prepared_of(parts),
        catalog=lambda: parts.knowledge.catalogs.of("default"),
        clock=parts.clock,
        currency=parts.settings.currency,
        holdout_share=parts.settings.holdout_share,
        parquet=to_parquet,
        timezone=parts.settings.timezone,
    )
