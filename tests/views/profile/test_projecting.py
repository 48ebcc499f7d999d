"""Ownership over time, late events, and that what is stored depends on the log alone."""

from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.examples import tried
from tests.views.profile.conftest import Bench, skus

from maatwerk.events.event import Event
from maatwerk.testing.events import histories
from maatwerk.views.profile import words
from maatwerk.views.profile.ownership import follow, replayed
from maatwerk.views.profile.words import Ownership


def runs(bench: Bench, anon: str) -> list[tuple[int, str, bool]]:
    with bench.store.snapshot() as read:
        stored = read.get(words.OWNERS, anon)
    assert stored
    return [(run.start[0], run.owner, run.proven) for run in words.decode_ownership(stored).runs]


def test_an_identify_that_arrives_before_the_earlier_event(bench: Bench) -> None:
    bench.send("Identified", "a-1", "u-1", at=10)
    bench.project()
    bench.view_of("DR01", "a-1", at=5)
    bench.project()
    assert skus(bench.load("", "u-1", trusted=True)) == ["DR01"]


def test_a_late_event_goes_to_the_owner_at_event_time(bench: Bench) -> None:
    bench.send("Identified", "a-1", "u-1", at=10)
    bench.send("Identified", "a-1", "u-2", at=100)
    bench.project()
    bench.view_of("FIRST", "a-1", at=50)
    bench.view_of("SECOND", "a-1", at=150)
    assert skus(bench.load("a-1")) == ["SECOND"]
    bench.project()
    assert skus(bench.load("a-1")) == ["SECOND"]
    assert skus(bench.load("", "u-1", trusted=True)) == ["FIRST"]
    assert skus(bench.load("", "u-2", trusted=True)) == ["SECOND"]


@pytest.mark.parametrize("chunk", [1, 2_000])
def test_a_late_sign_in_divides_what_is_already_folded(bench: Bench, chunk: int) -> None:
    bench.send("Identified", "a-1", "u-1", at=10)
    bench.view_of("FIRST", "a-1", at=20)
    bench.view_of("SECOND", "a-1", at=60)
    bench.view_of("THIRD", "a-1", "u-1", at=100)
    bench.project(chunk)
    bench.send("Identified", "a-1", "u-2", at=50)
    bench.view_of("LAST", "a-1", at=120)
    bench.project(chunk)
    assert skus(bench.load("", "u-1", trusted=True)) == ["FIRST", "THIRD", "LAST"]
    assert skus(bench.load("", "u-2", trusted=True)) == ["SECOND"]
    owners = [owner for _, owner, _ in runs(bench, "a-1")]
    assert owners == ["u-1", "u-2", "u-1"]


def test_a_late_sign_out_takes_back_what_came_after_it(bench: Bench) -> None:
    bench.send("Identified", "a-1", "u-1", at=10, proven=True)
    bench.view_of("HERS", "a-1", at=20)
    bench.view_of("SOMEBODYS", "a-1", at=60)
    bench.project()
    bench.send("Signed Out", "a-1", at=40)
    assert bench.load("a-1").known_events == 0, "until it is put in its place, it counts from now on"
    bench.project()
    assert skus(bench.load("a-1")) == ["SOMEBODYS"]
    assert skus(bench.load("", "u-1", user_proven=True)) == ["HERS"]


def test_events_of_one_millisecond_happen_in_order_of_arrival(bench: Bench) -> None:
    bench.send("Identified", "a-1", "u-1", at=1)
    bench.view_of("E2", "a-1", "u-1", at=1)
    bench.send("Identified", "a-1", "u-2", at=1)
    bench.view_of("E3", "a-1", "u-2", at=1)
    bench.view_of("E4", "a-1", at=1)
    bench.project()
    assert skus(bench.load("", "u-1", trusted=True)) == ["E2"]
    assert sorted(skus(bench.load("", "u-2", trusted=True))) == ["E3", "E4"]


def test_one_user_on_many_devices_is_capped_and_counted(bench: Bench) -> None:
    events = [bench.make("Identified", f"a-{n}", "u-1", at=n) for n in range(600)]
    bench.log.append_now(events)
    bench.project()
    with bench.store.snapshot() as read:
        stored = read.get(words.DEVICES, "u-1")
    assert stored
    devices = words.decode_devices(stored)
    assert len(devices.stretches) == words.LIVE_DEVICES
    assert devices.dropped == 100
    assert {device.anonymous_id for device in devices.stretches.values()} == {
        f"a-{n}" for n in range(100, 600)
    }


def test_a_kiosk_has_as_many_owners_as_sign_ins(bench: Bench) -> None:
    for n in range(20):
        bench.send("Identified", "kiosk", f"u{n}", at=n)
        bench.view_of(f"E{n}", "kiosk", f"u{n}", at=n + 0.5)
    bench.project()
    for n in range(20):
        assert skus(bench.load("", f"u{n}", trusted=True)) == [f"E{n}"]


def test_a_merged_profile_keeps_the_older_id(bench: Bench) -> None:
    bench.view_of("DR01", "a-1", at=1)
    bench.send("Identified", "a-2", "u-1", at=5)
    bench.project()
    visitor, customer = bench.load("a-1").profile_id, bench.load("", "u-1", trusted=True).profile_id
    assert visitor < customer
    bench.send("Identified", "a-1", "u-1", at=6, proven=True)
    bench.project()
    assert bench.load("a-1").profile_id == bench.load("", "u-1", trusted=True).profile_id == visitor


identity = histories(["Product Viewed", "Identified", "Signed Out", "Order Completed"], max_size=25)


@tried(50)
@given(events=identity, order=st.randoms(use_true_random=False))
def test_late_sign_ins_give_the_same_stretches_as_if_they_had_come_in_time(
    events: list[Event], order: Random
) -> None:
    arrived = list(events)
    order.shuffle(arrived)
    for anon in {event.anonymous_id for event in arrived if event.anonymous_id}:
        theirs = [event for event in arrived if event.anonymous_id == anon]
        ownership, seen = Ownership(), []
        for event in theirs:
            seen.append(event)
            if not follow(ownership, event):
                ownership = replayed(seen)
        assert ownership == replayed(theirs)


@tried(25)
@given(events=identity, order=st.randoms(use_true_random=False))
def test_un_merges_and_sign_ins_give_the_same_stretches_in_any_order(
    events: list[Event], order: Random
) -> None:
    arrived = [
        msgspec.structs.replace(event, name="Profile Unmerged", flags=(), properties=msgspec.Raw(b"{}"))
        if event.name == "Order Completed" and event.user_id
        else event
        for event in events
    ]
    order.shuffle(arrived)
    for anon in {event.anonymous_id for event in arrived if event.anonymous_id}:
        theirs = [event for event in arrived if event.anonymous_id == anon]
        ownership, seen = Ownership(), []
        for event in theirs:
            seen.append(event)
            if not follow(ownership, event):
                ownership = replayed(seen)
        assert ownership == replayed(theirs)


@tried(25)
@given(events=identity, chunks=st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_what_is_stored_depends_on_the_log_and_not_on_the_chunks(
    events: list[Event], chunks: list[int]
) -> None:
    little, whole = Bench(), Bench()
    for bench in (little, whole):
        bench.log.append_now([msgspec.structs.replace(event, offset=0) for event in events])
    turn = 0
    while little.projector.run_once(chunks[turn % len(chunks)]):
        turn += 1
    whole.project()
    assert meaning(little) == meaning(whole)
    little.projector.rebuild("profile")
    assert meaning(little) == meaning(whole), "a rebuilt view is the view"


def meaning(bench: Bench) -> dict[str, dict[str, object]]:
    """The rows decoded, without how often a device was read again, which does depend on the chunks."""
    rows = bench.rows()
    owners = {key: words.decode_ownership(value) for key, value in rows[words.OWNERS].items()}
    for ownership in owners.values():
        ownership.refolds = 0
    devices = {key: words.decode_devices(value) for key, value in rows[words.DEVICES].items()}
    shards = {key: words.decode_shard(value) for key, value in rows[words.SHARDS].items()}
    return {
        "owners": {key: msgspec.to_builtins(value) for key, value in owners.items()},
        "devices": {
            key: {shard: (each.proven, each.profile_id) for shard, each in value.stretches.items()}
            for key, value in devices.items()
        },
        "ids": {key: value.oldest_id() for key, value in devices.items()},
        "shards": {
            key: (
                shard.profile_id,
                shard.events,
                {name: bytes(raw) for name, raw in sorted(shard.states.items())},
            )
            for key, shard in shards.items()
        },
        "known": {
            key: msgspec.to_builtins(words.decode_known(value)) for key, value in rows[words.KNOWN].items()
        },
    }
