"""Funnels, attribution, drivers and forecasts against plain arithmetic; files that no spreadsheet runs."""

import math
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY, HOUR, MINUTE
from maatwerk.engines.duckdb.lake import ParquetLake
from maatwerk.engines.duckdb.prepared import OpenTables, build
from maatwerk.events.event import Campaign, Context, Event
from maatwerk.flows.report import as_csv, asked_of
from maatwerk.testing.events import START
from maatwerk.views.insight.figures import Sums
from maatwerk.views.insight.forecast import forecast
from maatwerk.views.insight.holidays import easter
from maatwerk.views.insight.prepared import Ground
from maatwerk.views.insight.reports.goods import adjusted, elasticity
from maatwerk.views.insight.reports.shop import drivers
from maatwerk.views.insight.reports.words import Column, Table
from maatwerk.views.insight.sql import text as sql_text

NOW = START + 60 * DAY
WINDOW = {"since": NOW - 30 * DAY, "until": NOW}


def ask(events: list[Event], query: str, **given: object) -> list[dict[str, object]]:
    lake = ParquetLake(Path("nowhere"), currency="EUR", memory_mb=256)
    with lake.opened(events) as connection:
        build(connection, Ground(events, "EUR", {}))
        return OpenTables(connection, 0, 0).ask(sql_text(query), WINDOW | given)


def deeds(*told: tuple[str, str, int] | tuple[str, str, int, str]) -> list[Event]:
    """(who, what, ms before now, medium): orders of 100.00."""
    events = []
    for number, (who, name, ago, *medium) in enumerate(told, 1):
        said = f'{{"order_id":"o-{number}","total":"100.00"}}' if name == "Order Completed" else "{}"
        campaign = Campaign("s", medium[0], "c") if medium else None
        events.append(
            Event(
                name,
                f"m-{number}",
                NOW - ago,
                NOW - ago,
                anonymous_id=who,
                context=Context(campaign=campaign, device="mobile"),
                properties=msgspec_raw(said),
                offset=number,
            )
        )
    return events


def msgspec_raw(text: str):  # type: ignore[no-untyped-def]
    import msgspec

    return msgspec.Raw(text.encode())


STEPS = ["Product Viewed", "Product Added", "Order Completed"]
SHOPPERS = deeds(
    ("a", "Product Viewed", 5 * HOUR),
    ("a", "Product Added", 4 * HOUR),
    ("a", "Order Completed", 3 * HOUR),
    ("b", "Product Added", 9 * HOUR),
    ("b", "Product Viewed", 8 * HOUR),
    ("b", "Page Viewed", 8 * HOUR - MINUTE),
    ("c", "Product Viewed", 7 * HOUR),
    ("c", "Product Added", 7 * HOUR - MINUTE),
    ("c", "Cart Viewed", 7 * HOUR - 2 * MINUTE),
    ("d", "Page Viewed", 7 * HOUR),
    ("e", "Product Viewed", 40 * DAY),
)


def test_a_funnel_counts_steps_in_their_order() -> None:
    rows = ask(SHOPPERS, "funnel", steps=STEPS, within="period")
    assert [(row["step"], row["who"]) for row in rows] == [(1, 3), (2, 2), (3, 1)]
    assert rows[2]["hours"] == pytest.approx(1.0)
    inside = ask(SHOPPERS, "funnel", steps=STEPS, within="session")
    assert [(row["step"], row["who"]) for row in inside] == [(1, 3), (2, 1)], "an hour apart: another session"


def test_who_fell_out_did_what_instead() -> None:
    rows = ask(SHOPPERS, "funnel_instead", steps=STEPS, within="period")
    assert [(row["step"], row["instead"], row["who"]) for row in rows] == [
        (1, "Page Viewed", 1),
        (2, "Cart Viewed", 1),
    ]
    who = ask(SHOPPERS, "funnel_who", steps=STEPS, within="period")
    assert [(row["step"], row["reached"], row["lost"]) for row in who if row["trait"] == "device"] == [
        (1, 3, 1),
        (2, 2, 1),
    ]


def test_paths_are_told_without_repetition() -> None:
    rows = ask(SHOPPERS, "paths", start="Product Viewed")
    assert {str(row["path"]): row["sessions"] for row in rows} == {
        "Product Viewed": 1,
        "Product Viewed → Page Viewed": 1,
        "Product Viewed → Product Added → Cart Viewed": 1,
    }


def test_attribution_by_every_rule() -> None:
    events = deeds(
        ("a", "Page Viewed", 7 * DAY, "email"),
        ("a", "Page Viewed", 3 * DAY, "cpc"),
        ("a", "Page Viewed", 2 * DAY, "cpc"),
        ("a", "Order Completed", 0 * DAY + MINUTE, "social"),
        ("b", "Page Viewed", 6 * DAY, "email"),
        ("b", "Order Completed", MINUTE, "cpc"),
    )
    rows = {
        row["channel"]: row
        for row in ask(events, "attribution", lookback=30 * DAY, half_life=7 * DAY, own=[1.0, 0.0, 1.0])
    }

    def shares(model: str) -> dict[object, float]:
        return {channel: round(float(str(row[model])), 6) for channel, row in rows.items()}

    assert shares("last") == {"e-mail": 0, "ads": 10_000, "social": 10_000}
    assert shares("first") == {"e-mail": 20_000, "ads": 0, "social": 0}
    assert shares("linear") == {"e-mail": 2_500 + 5_000, "ads": 5_000 + 5_000, "social": 2_500}
    assert shares("participation") == {"e-mail": 20_000, "ads": 20_000, "social": 10_000}
    assert shares("u") == {"e-mail": 4_000 + 5_000, "ads": 2_000 + 5_000, "social": 4_000}
    assert shares("j") == {"e-mail": 2_000 + 2_500, "ads": 2_000 + 7_500, "social": 6_000}
    assert shares("inverse_j") == {"e-mail": 6_000 + 7_500, "ads": 2_000 + 2_500, "social": 2_000}
    assert shares("own") == {"e-mail": 5_000 + 5_000, "ads": 5_000, "social": 5_000}
    ages = {"a": [(7 * DAY - MINUTE), 3 * DAY - MINUTE, 2 * DAY - MINUTE, 0]}
    weights = [0.5 ** (age / (7 * DAY)) for age in ages["a"]]
    other = [0.5 ** ((6 * DAY - MINUTE) / (7 * DAY)), 1.0]
    assert shares("decay")["social"] == pytest.approx(10_000 * weights[3] / sum(weights), abs=0.01)
    assert shares("decay")["e-mail"] == pytest.approx(
        10_000 * (weights[0] / sum(weights) + other[0] / sum(other)), abs=0.01
    )
    # The Shapley value by its definition: what a channel adds, over all orders in which channels may come.
    sets = [({"e-mail", "ads", "social"}, 10_000), ({"e-mail", "ads"}, 10_000)]

    def worth(them: set[str]) -> int:
        return sum(paid for needed, paid in sets if needed <= them)

    names = ["e-mail", "ads", "social"]
    for name in names:
        gains = [
            worth({*order[: order.index(name) + 1]}) - worth({*order[: order.index(name)]})
            for order in permutations(names)
        ]
        assert shares("shapley")[name] == pytest.approx(sum(gains) / math.factorial(3), abs=0.01)


def test_what_drove_a_change_adds_up_to_it() -> None:
    before = Sums(visitors=1_000, orders=60, buyers=50, revenue_minor=600_000, priced=60)
    now = Sums(visitors=1_100, orders=90, buyers=70, revenue_minor=750_000, priced=90)
    found = drivers(now, before)
    assert found is not None
    assert sum(row[4] for row in found) == pytest.approx(150_000)
    assert {row[0]: row[4] > 0 for row in found}["Revenue per order"] is False
    assert drivers(now, Sums()) is None


def test_forecasts_hold_their_days_and_odd_ones_are_found() -> None:
    inside = whole = 0
    for seed in range(30):
        chance = np.random.default_rng(seed)
        week = np.array([1.0, 0.9, 0.9, 1.0, 1.2, 1.5, 1.3])
        days = np.arange(150)
        series = 10_000 * (1 + 0.002 * days) * week[days % 7] * chance.lognormal(0, 0.12, 150)
        found = forecast(series[:122].tolist(), 28)
        assert found is not None
        inside += int(((found.low <= series[122:]) & (series[122:] <= found.high)).sum())
        whole += 28
    assert 0.8 <= inside / whole <= 0.99, "the seeds are 0 to 29"
    series[100] *= 4
    odd = forecast(series.tolist(), 7)
    assert odd is not None
    assert odd.odd[100]
    assert odd.odd.sum() <= 4
    assert forecast([1.0] * 20, 7) is None


def test_small_things_of_reports() -> None:
    assert [easter(year).isoformat() for year in (2024, 2026, 2038)] == [
        "2024-03-31",
        "2026-04-05",
        "2038-04-25",
    ]
    prices = np.array([10.0, 12.0, 15.0])
    told = elasticity(prices, prices**-2.0, np.ones(3))
    assert told is not None
    assert told[0] == pytest.approx(-2.0)
    assert elasticity(prices[:2], prices[:2], np.ones(2)) is None
    assert adjusted(np.array([0.01, 0.04, 0.03])).tolist() == pytest.approx([0.03, 0.04, 0.04])
    table = Table("t", "T", (Column("name", "Name"), Column("n", "N", "number")), [("=cmd()", -2.0)], ())
    assert as_csv(table, "EUR") == "name,n\r\n'=cmd(),-2.0\r\n"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"days": "0"}, "days"),
        ({"days": "many"}, "days"),
        ({"steps": "Product Viewed"}, "steps"),
        ({"by": "shoe size"}, "by"),
        ({"weights": "1,2"}, "weights"),
        ({"weights": "0,0,0"}, "weights"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_field(given: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refused:
        asked_of(given)
    assert refused.value.field == field
