"""Funnels of any steps: who gets how far, who falls out, and what they did instead."""

from __future__ import annotations

from collections import defaultdict

from maatwerk.views.insight.reports.words import Column, Kind, Report, Situation, Table, percent, ratio
from maatwerk.views.insight.sql import text as sql_text

_INSTEAD = 6


def _funnel(situation: Situation) -> Report:
    asked = situation.asked
    given = {
        "steps": list(asked.steps),
        "since": situation.since,
        "until": situation.now,
        "within": asked.within,
    }
    rows = situation.tables.ask(sql_text("funnel"), given)
    reached = {row["step"]: row for row in rows}
    counts = [reached[step]["who"] if step in reached else 0 for step in range(1, len(asked.steps) + 1)]
    steps = _steps(asked.steps, counts, [reached.get(step + 1, {}) for step in range(len(counts))])
    return Report(
        _title(asked.steps, counts, "sessions" if asked.within == "session" else "visitors"),
        (steps, _instead(situation, given, asked.steps), _fallen(situation, given, asked.steps)),
        (
            "A step counts once it is done after the one before it; other deeds may lie between.",
            "Change the steps to any events that you send, in the order that interests you.",
        ),
    )


def _title(steps: tuple[str, ...], counts: list[int], who: str) -> str:
    if not counts[0]:
        return f"Nobody did “{steps[0]}” in this period"
    losses = [counts[n] - counts[n + 1] for n in range(len(counts) - 1)]
    worst = losses.index(max(losses))
    share = percent(ratio(counts[-1], counts[0]))
    return f"{share} of {counts[0]:,} {who} get through; most fall out after “{steps[worst]}”"


def _steps(names: tuple[str, ...], counts: list[int], rows: list[dict[str, float]]) -> Table:
    return Table(
        "steps",
        "Step by step",
        (
            Column("step", "Step"),
            Column("who", "Got here", "count", drawn="bar"),
            Column("of_first", "Of the first", "share"),
            Column("of_before", "Of the step before", "share"),
            Column("lost", "Fell out before it", "count"),
            Column("hours", "Hours since the step before", "hours", "The median of those who got here."),
        ),
        [
            (
                name,
                count,
                ratio(count, counts[0]),
                ratio(count, counts[place - 1]) if place else None,
                counts[place - 1] - count if place else None,
                rows[place].get("hours"),
            )
            for place, (name, count) in enumerate(zip(names, counts, strict=True))
        ],
        ("funnel",),
    )


def _instead(situation: Situation, given: dict[str, object], names: tuple[str, ...]) -> Table:
    found = defaultdict(list)
    for row in situation.tables.ask(sql_text("funnel_instead"), given):
        found[row["step"]].append(row)
    rows = []
    for step in sorted(found):
        whole = sum(row["who"] for row in found[step])
        rows += [
            (names[step - 1], row["instead"] or "nothing more", row["who"], ratio(row["who"], whole))
            for row in found[step][:_INSTEAD]
        ]
    return Table(
        "instead",
        "What those who fell out did instead",
        (
            Column("step", "Fell out after"),
            Column("instead", "Their next other deed"),
            Column("who", "How many", "count"),
            Column("share", "Of those who fell out here", "share", drawn="bar"),
        ),
        rows,
        ("funnel_instead",),
    )


def _fallen(situation: Situation, given: dict[str, object], names: tuple[str, ...]) -> Table:
    rows = situation.tables.ask(sql_text("funnel_who"), given)
    return Table(
        "who",
        "Who falls out where",
        (
            Column("step", "After"),
            Column("trait", "By"),
            Column("value", "Who"),
            Column("reached", "Got here", "count"),
            Column("lost", "Fell out", "count"),
            Column("share", "Share that fell out", "share", drawn="bar"),
        ),
        [
            (
                names[row["step"] - 1],
                row["trait"],
                row["value"],
                row["reached"],
                row["lost"],
                ratio(row["lost"], row["reached"]),
            )
            for row in rows
        ],
        ("funnel_who",),
    )


def _paths(situation: Situation) -> Report:
    given = {"since": situation.since, "until": situation.now, "start": situation.asked.start}
    rows = situation.tables.ask(sql_text("paths"), given)
    whole = rows[0]["whole"] if rows else 0
    after = f" from “{situation.asked.start}”" if situation.asked.start else ""
    title = (
        f"The commonest way{after} is {rows[0]['path']}: {percent(ratio(rows[0]['sessions'], whole))}"
        if rows
        else f"No session{after} in this period"
    )
    return Report(
        title,
        (
            Table(
                "paths",
                "The first five different deeds of a session",
                (
                    Column("path", "Way"),
                    Column("sessions", "Sessions", "count", drawn="bar"),
                    Column("share", "Of all", "share"),
                    Column("orders", "With an order", "count"),
                    Column("conversion", "Order rate", "share"),
                ),
                [
                    (
                        row["path"],
                        row["sessions"],
                        ratio(row["sessions"], whole),
                        row["orders"],
                        ratio(row["orders"], row["sessions"]),
                    )
                    for row in rows
                ],
                ("paths",),
                note="The 50 commonest. The same deed several times on end counts once.",
            ),
        ),
    )


FUNNELS = Kind(
    "funnels",
    "Funnels",
    "Who gets how far, and what do the others do instead?",
    _funnel,
    ("days", "steps", "within"),
)
PATHS = Kind("paths", "Paths", "Which ways do shoppers take?", _paths, ("days", "start"))
