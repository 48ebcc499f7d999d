"""What addresses join, what they do not, and that an un-merge stays."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.views.profile.conftest import Bench, skus

from maatwerk.events.identity import Unmerged
from maatwerk.views.profile import words
from maatwerk.views.profile.find import profile
from maatwerk.views.profile.namespaces import Policy
from maatwerk.views.profile.project import ProfileView
from maatwerk.views.profile.whole import whole_of
from maatwerk.views.projector import Projector

VERIFIED = {"email": "x@ex.test", "email_verified": True, "phone": "+31612345678", "phone_verified": True}
STEPS = [
    ("a-1", "", {"email": "x@ex.test"}),
    ("a-2", "", {"email": "X@ex.test"}),
    ("a-3", "u-1", {"email": "x@ex.test", "email_verified": True}),
    ("a-4", "u-2", {"email": "y@ex.test"}),
]


def owner(bench: Bench, namespace: str, value: str) -> dict[str, list[str]] | None:
    with bench.store.snapshot() as read:
        found = profile(read, bench.log, namespace, value, now=0)
    return found.identifiers if found else None


@settings(max_examples=24, deadline=None)
@given(order=st.permutations(range(len(STEPS))))
def test_the_order_of_arrival_does_not_matter(order: list[int]) -> None:
    bench = Bench()
    for number in order:
        anon, user, traits = STEPS[number]
        bench.send("Identified", anon, user, at=number, proven=True, traits=traits)
    bench.project()
    assert owner(bench, "email", "x@ex.test") == {
        "user_id": ["u-1"],
        "anonymous_id": ["a-1", "a-2", "a-3"],
        "email": ["x@ex.test"],
    }
    assert owner(bench, "user_id", "u-2") == {
        "user_id": ["u-2"],
        "anonymous_id": ["a-4"],
        "email": ["y@ex.test"],
    }


def test_claims_of_an_address_gain_an_attacker_nothing(bench: Bench) -> None:
    bench.view_of("HERS", "hers", at=1)
    bench.send("Identified", "hers", "victim", at=2, proven=True, traits=VERIFIED)
    for user in ("", "mine", "victim"):
        bench.send("Identified", "mine", user, at=3, traits=VERIFIED)
    bench.project()
    for asked in ({}, {"user": "mine"}, {"user": "victim"}):
        assert skus(bench.load("mine", **asked)) == []
    assert owner(bench, "email", "x@ex.test")["user_id"] == ["victim"]  # type: ignore[index]
    assert owner(bench, "phone", "0031 6 12345678")["user_id"] == ["victim"]  # type: ignore[index]
    assert skus(bench.load("hers")) == ["HERS"]


def test_a_declared_namespace_joins_with_the_secret_key(bench: Bench) -> None:
    bench.view = ProfileView(bench.log, policy=Policy(declared={"loyalty_number": "loyalty"}))
    bench.projector = Projector(bench.log, bench.store, [bench.view])
    bench.projector.prepare()
    bench.send("Identified", "a-1", at=1, proven=True, traits={"loyalty": 77})
    bench.send("Identified", "", "u-1", at=2, proven=True, traits={"loyalty": "77"})
    bench.project()
    assert owner(bench, "loyalty_number", "77") == owner(bench, "anonymous_id", "a-1")
    assert owner(bench, "user_id", "u-1")["anonymous_id"] == ["a-1"]  # type: ignore[index]


def test_an_un_merged_address_joins_again_only_by_an_explicit_word(bench: Bench) -> None:
    bench.send("Identified", "a-1", at=1, proven=True, traits={"email": "x@ex.test"})
    bench.send("Identified", "a-2", "u-1", at=2, proven=True, traits=VERIFIED)
    bench.project()
    assert owner(bench, "anonymous_id", "a-1")["user_id"] == ["u-1"]  # type: ignore[index]
    links = (("user_id/u-1", "email/x@ex.test"),)
    cut = Unmerged("p", "email", "x@ex.test", links)
    bench.send("Profile Unmerged", "", "u-1", at=3, origin="internal", ns=cut.ns, links=links)
    bench.project()
    assert "email" not in owner(bench, "user_id", "u-1")  # type: ignore[operator]
    assert "user_id" not in owner(bench, "anonymous_id", "a-1")  # type: ignore[operator]
    bench.send("Identified", "a-2", "u-1", at=4, proven=True, traits=VERIFIED)
    bench.project()
    assert owner(bench, "anonymous_id", "a-1")["user_id"] == ["u-1"]  # type: ignore[index]


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.prove)])
def test_many_devices_on_one_account_stay_bounded(bench: Bench, count: int) -> None:
    made = [
        bench.make("Identified", f"a-{n}", "u-1", at=n, traits={"email": "x@ex.test"}) for n in range(count)
    ]
    for first in range(0, count, 2_500):
        bench.log.append_now(made[first : first + 2_500])
    bench.project()
    rows = bench.rows()
    devices = words.decode_devices(rows[words.DEVICES]["u-1"])
    assert (len(devices.stretches), devices.dropped) == (words.LIVE_DEVICES, count - words.LIVE_DEVICES)
    assert len(rows[words.DEVICES]["u-1"]) < 80_000
    assert len(rows[words.KNOWN]["email/x@ex.test"]) < 40_000
    assert len(rows[words.DROPPED]) == count - words.LIVE_DEVICES
    assert max(map(len, rows[words.DROPPED].values())) < 200
    with bench.store.snapshot() as read:
        whole = whole_of(read, bench.log, "user_id", "u-1")
    assert whole is not None
    assert len(whole.identifiers["anonymous_id"]) == count, "and every dropped one is found for erasure"
