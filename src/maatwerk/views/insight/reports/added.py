"""What Maatwerk adds is decided by the experiments' statistics; here stands the table of its arms."""

from __future__ import annotations

from collections.abc import Sequence

from maatwerk.views.insight.reports.words import Column, Table

QUERIES = ("exposed", "first_seen")


def arms_table(rows: Sequence[tuple[object, ...]]) -> Table:
    """The two arms: name, visitors, buyers, revenue and revenue a visitor."""
    return Table(
        "arms",
        "The two arms",
        (
            Column("arm", "Arm"),
            Column("visitors", "Visitors", "count"),
            Column("buyers", "Buyers", "count"),
            Column("revenue", "Revenue", "money"),
            Column("revenue_per_visitor", "Revenue per visitor", "money"),
        ),
        rows,
        QUERIES,
    )


def difference_table(rows: Sequence[tuple[object, ...]]) -> Table:
    """The difference with its always valid interval."""
    return Table(
        "difference",
        "The difference",
        (
            Column("what", "What"),
            Column("low", "At least", "money", "Lower end of the 95 % interval, valid at every look."),
            Column("estimate", "Estimate", "money"),
            Column("high", "At most", "money", "Upper end of the 95 % interval, valid at every look."),
        ),
        rows,
        QUERIES,
    )
