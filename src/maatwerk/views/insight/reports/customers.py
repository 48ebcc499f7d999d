"""Customers: recency and frequency, how they move through their lives, how value is spread, who is new;
and cohorts."""

from __future__ import annotations

from maatwerk.core.time import DAY
from maatwerk.views.insight.reports.words import (
    Chart,
    Column,
    Kind,
    Report,
    Situation,
    Table,
    percent,
    ratio,
)
from maatwerk.views.insight.sql import text as sql_text

SPAN_DAYS = 90
"""Without an order for so long a customer sleeps; for twice as long she is lost."""
_STATES = ("none", "new", "active", "sleeping", "lost")
_ORDERS = ("1", "2", "3–4", "5–8", "9+")
_MONTHS = 13


def _customers(situation: Situation) -> Report:
    flow = _lifecycle(situation)
    spread, top = _spread(situation)
    churn = _churn(flow)
    lead = (
        f"The best tenth of customers brings {percent(top, 0)} of revenue"
        if top is not None
        else "No customer yet"
    )
    title = lead if churn is None else f"{lead}; {percent(churn)} of the active fell asleep"
    return Report(
        title,
        (_rfm(situation), flow, spread, _new(situation)),
        (
            f"Active: an order in the last {SPAN_DAYS} days. Sleeping: none in these, one in the "
            f"{SPAN_DAYS} before. "
            "Lost: longer ago.",
            "Build an audience of any of these from what you see here: the console's audiences "
            "speak of orders "
            "and days.",
        ),
    )


def _rfm(situation: Situation) -> Table:
    rows = situation.tables.ask(sql_text("rfm"), {"until": situation.now})
    at = {(row["recency"], row["frequency"]): row for row in rows}
    bounds = {
        fifth: (
            min(row["earliest"] for row in rows if row["recency"] == fifth),
            max(row["latest"] for row in rows if row["recency"] == fifth),
        )
        for fifth in {row["recency"] for row in rows}
    }
    return Table(
        "rfm",
        "How lately and how often",
        (
            Column("recency", "Last order, days ago", meaning="Fifths of all customers, the latest first."),
            *(
                Column(f"orders_{n}", f"{name} order{'' if n == 1 else 's'}", "count", drawn="heat")
                for n, name in enumerate(_ORDERS, 1)
            ),
            Column("revenue", "Revenue", "money"),
        ),
        [
            (
                f"{(situation.now - bounds[fifth][1]) // DAY} to {(situation.now - bounds[fifth][0]) // DAY}",
                *(at[fifth, n]["customers"] if (fifth, n) in at else 0 for n in range(1, 6)),
                sum(row["paid_minor"] for row in rows if row["recency"] == fifth),
            )
            for fifth in sorted(bounds, reverse=True)
        ],
        ("rfm",),
    )


def _lifecycle(situation: Situation) -> Table:
    given = {"until": situation.now, "days": situation.asked.days * DAY, "span": SPAN_DAYS * DAY}
    found = {
        (row["was"], row["became"]): row["customers"]
        for row in situation.tables.ask(sql_text("lifecycle"), given)
    }
    return Table(
        "lifecycle",
        f"From {situation.asked.days} days ago to now",
        (
            Column("was", "Were"),
            *(Column(state, f"now {state}", "count", drawn="heat") for state in _STATES[1:]),
            Column("all", "All", "count"),
        ),
        [
            (
                "no customers yet" if was == "none" else was,
                *(found.get((was, became), 0) for became in _STATES[1:]),
                sum(found.get((was, became), 0) for became in _STATES[1:]),
            )
            for was in _STATES
        ],
        ("lifecycle",),
    )


def _churn(flow: Table) -> float | None:
    """Of those who were new or active, the share that is no longer."""
    stayed = fell = 0
    for row in flow.records():
        if row["was"] in ("new", "active"):
            stayed += row["new"] + row["active"]
            fell += row["sleeping"] + row["lost"]
    return ratio(fell, stayed + fell)


def _spread(situation: Situation) -> tuple[Table, float | None]:
    rows = situation.tables.ask(
        sql_text("concentration"), {"since": situation.now - 365 * DAY, "until": situation.now}
    )
    people = sum(row["customers"] for row in rows)
    paid = sum(row["paid_minor"] for row in rows)
    some = bought = 0
    points: list[tuple[float, float, int]] = []
    top: float | None = None
    for row in rows:
        some += row["customers"]
        bought += row["paid_minor"]
        points.append((some / people, bought / paid, bought))
        if top is None and some / people >= 0.1:
            top = bought / paid
    table = Table(
        "concentration",
        "How revenue of the last 365 days is spread, the best customers first",
        (
            Column("customers", "Best customers", "share"),
            Column("share", "Bring of revenue", "share"),
            Column("revenue", "Revenue", "money"),
        ),
        points,
        ("concentration",),
        chart=Chart("curve", "customers", "share"),
    )
    return table, top


def _new(situation: Situation) -> Table:
    rows = situation.tables.ask(sql_text("newcomers"), {"since": situation.since, "until": situation.now})
    paid = sum(row["paid_minor"] for row in rows)
    return Table(
        "new",
        "New against known",
        (
            Column("customers", "Customers"),
            Column("buyers", "Buyers", "count"),
            Column("orders", "Orders", "count"),
            Column("revenue", "Revenue", "money"),
            Column("share", "Of revenue", "share", drawn="bar"),
            Column("order_value", "Average order value", "money"),
            Column("discounted", "With a discount", "share"),
        ),
        [
            (
                row["customers"],
                row["buyers"],
                row["orders"],
                row["paid_minor"],
                ratio(row["paid_minor"], paid),
                ratio(row["paid_minor"], row["priced"]),
                ratio(row["discounted"], row["orders"]),
            )
            for row in rows
        ],
        ("newcomers",),
    )


def _cohorts(situation: Situation) -> Report:
    rows = situation.tables.ask(sql_text("cohorts"), {"shift": situation.shift, "until": situation.now})
    newest = max((row["cohort"] + row["later"] for row in rows), default=0)
    cohorts = [each for each in sorted({row["cohort"] for row in rows}) if each > newest - _MONTHS]
    at = {(row["cohort"], row["later"]): row for row in rows}
    months = range(1, min(_MONTHS, max((newest - each for each in cohorts), default=0) + 1))

    def cell(cohort: int, later: int) -> float | None:
        if cohort + later > newest:
            return None
        found = at.get((cohort, later))
        return float(found["customers"] if found else 0) / float(at[cohort, 0]["customers"])

    def worth(cohort: int) -> float:
        paid = sum(row["paid_minor"] for row in rows if row["cohort"] == cohort)
        return float(paid) / float(at[cohort, 0]["customers"])

    again = sum(at[each, 1]["customers"] for each in cohorts if each < newest and (each, 1) in at)
    started = sum(at[each, 0]["customers"] for each in cohorts if each < newest)
    title = (
        f"{percent(ratio(again, started))} of new customers order again in the month after"
        if started
        else "Not yet known: it needs customers of a month that is over"
    )
    table = Table(
        "cohorts",
        "Customers by the month of their first order",
        (
            Column("cohort", "First order in"),
            Column("customers", "Customers", "count"),
            Column("worth", "Paid so far, each", "money"),
            *(Column(f"month_{n}", f"+{n}", "share", drawn="heat") for n in months),
        ),
        [
            (
                month_name(each),
                at[each, 0]["customers"],
                worth(each),
                *(cell(each, later) for later in months),
            )
            for each in reversed(cohorts)
        ],
        ("cohorts",),
        note="The share of them who ordered in the month so many after. The newest month is not over yet.",
    )
    return Report(title, (table,))


def month_name(number: int) -> str:
    """``2026-03`` of months counted from the year 0."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


CUSTOMERS = Kind(
    "customers", "Customers", "Who are they, who is leaving, who brings the revenue?", _customers
)
COHORTS = Kind("cohorts", "Cohorts", "Do customers come back?", _cohorts, ())
