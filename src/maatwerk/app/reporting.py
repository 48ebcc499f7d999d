"""What the console reads reports with, and who may sign in to it."""

from __future__ import annotations

import os

from maatwerk.app.parts import Parts
from maatwerk.engines.argon2.passwords import Passwords
from maatwerk.engines.duckdb.files import to_parquet
from maatwerk.engines.duckdb.prepared import PreparedTables
from maatwerk.flows.accounts import Accounts
from maatwerk.flows.insight import Reporting
from maatwerk.flows.knowledge import Knowledge


def prepared_of(parts: Parts) -> PreparedTables:
    """The tables that reports read."""
    return PreparedTables(parts.lake, parts.workspace.lake)


def accounts_of(parts: Parts) -> Accounts:
    """Who may sign in to the console."""
    return Accounts(parts.records, Passwords(), parts.clock, os.urandom)


def reporting_of(parts: Parts, knowledge: Knowledge | None = None) -> Reporting:
    """What reports are read with. ``knowledge``: of the process that asks, where it is not the parts'."""
    known = knowledge or parts.knowledge
    return Reporting(
        lake=parts.lake,
        log=parts.log,
        decided=parts.log,
        prepared=prepared_of(parts),
        catalog=lambda: known.catalogs.of("default"),
        clock=parts.clock,
        currency=parts.settings.currency,
        holdout_share=parts.settings.holdout_share,
        parquet=to_parquet,
        timezone=parts.settings.timezone,
    )
