"""The lake over real Parquet files: nothing lost between sealed and tail; owners are who profiles say."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.examples import tried

from maatwerk.engines.duckdb.lake import ParquetLake
from maatwerk.events.event import Event
from maatwerk.testing.events import START, histories
from maatwerk.views.profile.ownership import replayed, run_at

ALL = 'SELECT "offset", name, anonymous_id, user_id, order_id, value_minor FROM event ORDER BY "offset"'
LINES = 'SELECT "offset", sku, quantity, price_minor FROM line ORDER BY "offset", sku, quantity'


def made(number: int, **fields: Any) -> Event:
    event = Event(
        "Page Viewed", f"m-{number}", START + number, START + number, anonymous_id="a-1", offset=number
    )
    return msgspec.structs.replace(event, **fields)


def lake(folder: Path) -> ParquetLake:
    return ParquetLake(folder / "lake", currency="EUR", memory_mb=256)


@tried(8)
@given(events=histories(max_size=40), data=st.data())
def test_sealed_and_tail_are_all_there_is(
    events: list[Event], data: st.DataObject, tmp_path_factory: Any
) -> None:
    whole, parts = (lake(tmp_path_factory.mktemp("lake")) for _ in range(2))
    cut = data.draw(st.integers(0, len(events)))
    parts.seal(events[:cut])
    assert parts.watermark() == (events[cut - 1].offset if cut else 0)
    # the tail may reach below the watermark: what is sealed counts once
    for query in (ALL, LINES):
        assert parts.query(query, tail=events) == whole.query(query, tail=events)


def test_many_small_files_become_one_and_keep_their_rows(tmp_path: Path) -> None:
    small = lake(tmp_path)
    events = [made(number) for number in range(1, 101)]
    for start in range(0, 100, 5):
        small.seal(events[start : start + 5])
        held = small.query('SELECT COUNT(*) AS n, MAX("offset") AS last FROM event')
        assert held == [{"n": start + 5, "last": start + 5}]
    assert len(list((tmp_path / "lake").glob("event-*.parquet"))) < 20
    assert small.watermark() == 100
    assert small.query(ALL) == lake(tmp_path / "other").query(ALL, tail=events)


def test_a_stretch_is_sealed_once(tmp_path: Path) -> None:
    twice = lake(tmp_path)
    events = [made(number) for number in range(1, 11)]
    twice.seal(events[:6])
    twice.seal(events)  # after a crash the background begins below the watermark
    twice.seal(events)
    assert twice.query("SELECT COUNT(*) AS n FROM event") == [{"n": 10}]


def test_what_is_unknown_stays_unknown(tmp_path: Path) -> None:
    events = [
        made(1, name="Order Completed", properties=msgspec.Raw(b'{"order_id":"o-1","total":"12.50"}')),
        made(2, name="Order Completed", properties=msgspec.Raw(b'{"order_id":"o-2"}')),
    ]
    filled = lake(tmp_path)
    filled.seal(events)
    rows = filled.query("SELECT order_id, value_minor FROM event ORDER BY order_id")
    assert rows == [{"order_id": "o-1", "value_minor": 1250}, {"order_id": "o-2", "value_minor": None}]


@st.composite
def scripts(draw: st.DrawFn) -> list[Event]:
    """Some devices, three customers, few milliseconds: sign-ins and sign-outs that collide and come late."""
    names = ("Page Viewed", "Page Viewed", "Identified", "Signed In", "Signed Out")
    count = draw(st.integers(0, 80))
    return [
        made(
            offset,
            name=draw(st.sampled_from(names)),
            time=START + draw(st.integers(0, 12)),
            anonymous_id=draw(st.sampled_from(["", *(f"a-{number}" for number in range(8))])),
            user_id=draw(st.sampled_from(["", "", "u-1", "u-2", "u-3"])),
            flags=draw(st.sampled_from([(), (), (), ("personalization_denied",)])),
        )
        for offset in range(1, count + 1)
    ]


@tried(10)
@given(scripts())
def test_owners_are_those_of_the_profiles(events: list[Event]) -> None:
    rows = lake(Path("nowhere")).query('SELECT "offset", visitor FROM deed', tail=events)
    found = {row["offset"]: row["visitor"] for row in rows}
    assert len(rows) == len(found), "a moment has one owner"
    assert found == {event.offset: owner for event in events if (owner := owner_by_fold(event, events))}


def owner_by_fold(event: Event, events: Sequence[Event]) -> str:
    """The same by the fold of ownership, as profiles have it."""
    denied = "personalization_denied" in event.flags
    if not event.anonymous_id:
        return f"u:{event.user_id}" if event.user_id else ""
    run = run_at(
        replayed(each for each in events if each.anonymous_id == event.anonymous_id),
        (event.time, event.offset),
    )
    return f"u:{run.owner}" if run and run.owner and not denied else f"a:{event.anonymous_id}"
