"""Sessions by device, channel and place; and what each channel is credited with, by ten rules side by
side."""

from __future__ import annotations

from maatwerk.core.time import DAY
from maatwerk.views.insight.reports.words import Column, Kind, Report, Situation, Table, percent, ratio
from maatwerk.views.insight.sql import text as sql_text

MODELS = (
    ("last", "Last", "All to the last session before the order."),
    ("first", "First", "All to the first session of the look-back."),
    ("linear", "Linear", "Every session alike."),
    (
        "participation",
        "Participation",
        "All of it to each channel that took part: adds up to more than there was.",
    ),
    ("u", "U", "40 % first, 40 % last, 20 % between."),
    ("j", "J", "60 % last, 20 % first, 20 % between."),
    ("inverse_j", "Inverse J", "60 % first, 20 % last, 20 % between."),
    ("decay", "Time decay", "Halves with every half-life before the order."),
    ("own", "Your own", "The weights you set for first, between and last."),
    (
        "shapley",
        "Shapley",
        "Each order shared equally by the different channels that took part: the Shapley value "
        "of what channels "
        "sufficed for together (Zhao et al. 2018).",
    ),
)


def _sessions(situation: Situation) -> Report:
    by = situation.asked.by
    rows = situation.tables.ask(
        sql_text("sessions"), {"since": situation.since, "until": situation.now, "by": by}
    )
    whole = sum(row["sessions"] for row in rows)
    title = (
        f"{percent(ratio(rows[0]['sessions'], whole), 0)} of {whole:,} sessions by {by}: {rows[0]['value']}"
        if rows
        else "No session in this period"
    )
    table = Table(
        "sessions",
        f"Sessions by {by}",
        (
            Column("value", by.capitalize()),
            Column("sessions", "Sessions", "count", drawn="bar"),
            Column("visitors", "Visitors", "count"),
            Column("bounced", "Bounced", "share", "One deed and no more."),
            Column("viewed", "Saw a product", "share"),
            Column("added", "Filled a cart", "share"),
            Column("conversion", "Ordered", "share", "Sessions with an order in them."),
            Column("revenue", "Revenue", "money"),
            Column("per_session", "A session", "money"),
            Column("minutes", "Minutes", "number", "The median from first to last deed."),
        ),
        [
            (
                row["value"],
                row["sessions"],
                row["visitors"],
                ratio(row["bounced"], row["sessions"]),
                ratio(row["viewed"], row["sessions"]),
                ratio(row["added"], row["sessions"]),
                ratio(row["with_order"], row["sessions"]),
                row["paid_minor"],
                ratio(row["paid_minor"], row["sessions"]),
                row["minutes"],
            )
            for row in rows
        ],
        ("sessions", "visit"),
    )
    return Report(title, (table,), ("A session ends after 30 minutes in which nothing happens.",))


def _channels(situation: Situation) -> Report:
    asked = situation.asked
    given = {
        "since": situation.since,
        "until": situation.now,
        "lookback": asked.lookback * DAY,
        "half_life": asked.half_life * DAY,
        "own": list(asked.weights),
    }
    rows = situation.tables.ask(sql_text("attribution"), given)
    whole = sum(row["shapley"] for row in rows)
    best = rows[0] if rows else None
    title = (
        f"{best['channel'].capitalize()} earns {percent(ratio(best['shapley'], whole), 0)} of "
        f"{situation.amount(whole)} by the Shapley rule, {percent(ratio(best['last'], whole), 0)} "
        f"by the last touch"
        if best
        else "No order in this period"
    )
    models = Table(
        "models",
        f"Revenue by channel, looking back {asked.lookback} days",
        (
            Column("channel", "Channel"),
            Column("orders", "Orders it took part in", "count"),
            *(Column(key, name, "money", meaning) for key, name, meaning in MODELS),
        ),
        [(row["channel"], row["orders"], *(row[key] for key, _, _ in MODELS)) for row in rows],
        ("attribution", "visit", "sale"),
        note="“none”: no session in the look-back, as for orders by telephone, over the counter, "
        "or from a file.",
    )
    offline = situation.tables.ask(
        sql_text("offline"),
        {"since": situation.since, "until": situation.now, "lookback": asked.lookback * DAY},
    )
    return Report(
        title,
        (models, _offline(offline)),
        (
            "Every rule but participation shares out the same revenue. None says what a channel "
            "caused: only a "
            "holdout or an experiment does.",
            "Messages count as sessions of the channel that their links name (utm_medium).",
        ),
    )


def _offline(rows: list[dict[str, float]]) -> Table:
    return Table(
        "offline",
        "Where it was sold, and who had looked online before",
        (
            Column("channel", "Sold through"),
            Column("orders", "Orders", "count"),
            Column("revenue", "Revenue", "money"),
            Column("looked", "Had looked online", "share", drawn="bar"),
        ),
        [
            (row["channel"], row["orders"], row["paid_minor"], ratio(row["looked_online"], row["orders"]))
            for row in rows
        ],
        ("offline",),
    )


SESSIONS = Kind(
    "sessions", "Sessions", "How do sessions go, by device, channel and place?", _sessions, ("days", "by")
)
CHANNELS = Kind(
    "channels",
    "Channels",
    "What is each channel worth, by which rule?",
    _channels,
    ("days", "lookback", "half_life", "weights"),
)
