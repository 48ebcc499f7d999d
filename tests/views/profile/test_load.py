"""Who may see what: every rule is tried twice, on the newest events and on what is projected."""

from typing import Any

import pytest
from tests.views.profile.conftest import Bench, skus


class Settle:
    """Leaves everything in the log's tail, or projects it: the answer must be the same.

    Only what she did on other devices without naming herself there is known from the stored view
    alone, a moment later (``late``).
    """

    def __init__(self, bench: Bench, projects: bool) -> None:
        self._bench = bench
        self.late = not projects

    def __call__(self) -> None:
        if not self.late:
            self._bench.project()


@pytest.fixture(params=[False, True], ids=["tail", "projected"])
def settle(request: pytest.FixtureRequest, bench: Bench) -> Settle:
    return Settle(bench, request.param)


def test_a_visitor_is_what_she_did(bench: Bench, settle: Settle) -> None:
    bench.view_of("DR01", "a-1", at=1)
    bench.view_of("SH02", "a-2", at=2)
    bench.view_of("BG03", "a-1", at=3)
    settle()
    shopper = bench.load("a-1")
    assert skus(shopper) == ["DR01", "BG03"]
    assert (shopper.known_events, shopper.user_id, shopper.proven, shopper.tail_cut) == (2, "", False, False)
    assert bench.load("a-9").known_events == 0
    assert bench.load().known_events == 0


def test_the_requests_own_events_count_once(bench: Bench, settle: Settle) -> None:
    bench.view_of("DR01", "a-1", at=1)
    settle()
    own = bench.make("Product Viewed", "a-1", at=2, sku="SH02")
    assert skus(bench.load("a-1", extra=[own])) == ["DR01", "SH02"]
    bench.log.append_now([own])
    shopper = bench.load("a-1", extra=[own])
    assert skus(shopper) == ["DR01", "SH02"], "in the log already, and still once"
    assert shopper.own_events[-1] == own.id


def test_history_joins_the_account_at_sign_in(bench: Bench, settle: Settle) -> None:
    bench.view_of("DR01", "a-1", at=1)
    bench.send("Identified", "a-1", "u-1", at=2, proven=True)
    bench.view_of("SH02", "a-1", at=3)
    bench.view_of("BG03", "a-2", "u-1", at=4, proven=True)
    bench.view_of("WT04", "", "u-1", at=5, proven=True)
    settle()
    everything = ["DR01", "SH02", "BG03", "WT04"]
    assert skus(bench.load("a-1")) == everything, "the device's link is proven"
    if settle.late:
        everything = everything[2:]
    assert skus(bench.load("", "u-1", user_proven=True)) == everything
    assert skus(bench.load("a-new", "u-1", user_proven=True)) == everything
    assert skus(bench.load("", "u-1", trusted=True)) == everything
    assert bench.load("", "u-1").known_events == 0, "an unsigned user id alone opens nothing"


def test_an_attacker_gains_nothing(bench: Bench, settle: Settle) -> None:
    bench.view_of("DR01", "victims", at=1)
    bench.send("Identified", "victims", "victim", at=2, proven=True)
    bench.send("Order Completed", "", "victim", at=3, proven=True, order_id="o-1", products=[{"sku": "BG03"}])
    bench.send("Identified", "mine", "victim", at=4)
    bench.view_of("EVIL", "mine", "victim", at=5)
    bench.view_of("EVIL", "", "victim", at=6)
    settle()
    for claimed in ("", "victim"):
        attacker = bench.load("mine", claimed)
        assert set(skus(attacker)) == {"EVIL"}, "only what happened on his own device"
        assert attacker.orders.orders == {}
        assert not attacker.proven
    fresh = bench.load("fresh", "victim", extra=[bench.make("Identified", "fresh", "victim", at=7)])
    assert skus(fresh) == []
    assert fresh.orders.orders == {}
    victim = bench.load("victims")
    assert set(skus(victim)) == {"DR01", "BG03"}, "and what she is shown he cannot touch"
    victim = bench.load("", "victim", user_proven=True)
    assert set(skus(victim)) == ({"BG03"} if settle.late else {"DR01", "BG03"})
    everything = bench.load("", "victim", trusted=True)
    assert "EVIL" in skus(everything), "with the secret key claims count, too"


def test_a_claim_on_anothers_device_shows_nothing_of_hers(bench: Bench, settle: Settle) -> None:
    bench.view_of("DR01", "shared", "u-1", at=1, proven=True)
    settle()
    assert skus(bench.load("shared", "u-2")) == []
    assert skus(bench.load("shared", "u-2", user_proven=True)) == []
    assert skus(bench.load("shared", "u-1")) == ["DR01"]


def test_a_shared_device_belongs_to_the_last_sign_in(bench: Bench, settle: Settle) -> None:
    bench.view_of("DR01", "a-1", at=1)
    bench.send("Identified", "a-1", "u-1", at=2)
    bench.view_of("SH02", "a-1", "u-1", at=3)
    bench.send("Identified", "a-1", "u-2", at=4)
    bench.view_of("BG03", "a-1", "u-2", at=5)
    bench.view_of("WT04", "a-1", at=6)
    settle()
    assert skus(bench.load("a-1")) == ["BG03", "WT04"]
    assert skus(bench.load("", "u-1", trusted=True)) == ["DR01", "SH02"][settle.late :]
    assert skus(bench.load("", "u-2", trusted=True)) == ["BG03", "WT04"][: 2 - settle.late]
    bench.send("Identified", "a-1", "u-1", at=7)
    settle()
    assert skus(bench.load("a-1")) == ["DR01", "SH02"], "back with the first, who never signed out"


def test_a_sign_out_ends_personal_answers(bench: Bench, settle: Settle) -> None:
    bench.send("Identified", "a-1", "u-1", at=1, proven=True)
    bench.view_of("DR01", "a-1", "u-1", at=2, proven=True)
    bench.send("Signed Out", "a-1", "u-1", at=3, proven=True)
    settle()
    empty = bench.load("a-1")
    assert (empty.known_events, empty.user_id) == (0, "")
    bench.view_of("SH02", "a-1", at=4)
    settle()
    assert skus(bench.load("a-1")) == ["SH02"]
    assert skus(bench.load("a-1", "u-1")) == ["SH02"], "a mere claim does not get back to what was ended"
    assert skus(bench.load("a-1", "u-1", user_proven=True)) == ["DR01", "SH02"], "a signature does"
    bench.send("Signed In", "a-1", "u-2", at=5)
    settle()
    assert skus(bench.load("a-1")) == ["SH02"], "what happened meanwhile joins who signs in next"
    assert skus(bench.load("", "u-1", trusted=True)) == ["DR01"]


def test_a_link_is_proven_if_any_sign_in_of_it_is(bench: Bench, settle: Settle) -> None:
    bench.view_of("WT04", "", "u-1", at=0, proven=True)
    bench.send("Identified", "a-1", "u-1", at=1)
    bench.view_of("DR01", "a-1", at=2)
    settle()
    assert skus(bench.load("a-1")) == ["DR01"]
    bench.view_of("SH02", "a-1", "u-1", at=3, proven=True)
    settle()
    assert skus(bench.load("a-1")) == ["WT04", "DR01", "SH02"]
    everything = ["WT04", "SH02"] if settle.late else ["WT04", "DR01", "SH02"]
    assert skus(bench.load("a-2", "u-1", user_proven=True)) == everything


def test_denied_personalization_neither_stitches_nor_counts(bench: Bench, settle: Settle) -> None:
    denied: dict[str, Any] = {"flags": ("personalization_denied",)}
    bench.view_of("DR01", "a-1", at=1)
    bench.send("Consent Changed", "a-1", at=2, purposes={"personalization": False}, **denied)
    bench.view_of("SH02", "a-1", at=3, **denied)
    bench.send("Identified", "a-1", "u-1", at=4, proven=True, **denied)
    settle()
    shopper = bench.load("a-1")
    assert skus(shopper) == ["DR01"]
    assert shopper.user_id == ""
    assert shopper.granted("personalization") is False, "the denial itself is remembered"
    assert bench.load("", "u-1", trusted=True).known_events == 0


def test_a_denied_sign_out_is_still_one(bench: Bench, settle: Settle) -> None:
    bench.view_of("DR01", "a-1", "u-1", at=1, proven=True)
    bench.send("Signed Out", "a-1", at=2, flags=("personalization_denied",))
    settle()
    assert bench.load("a-1").known_events == 0


def test_events_too_late_are_not_folded(bench: Bench, settle: Settle) -> None:
    bench.view_of("DR01", "a-1", at=1, flags=("late", "too_late"))
    settle()
    assert bench.load("a-1").known_events == 0


def test_the_tail_is_bounded_and_says_so(bench: Bench) -> None:
    events = [bench.make("Product Viewed", "a-1", at=n, sku=f"S{n}") for n in range(700)]
    bench.log.append_now(events)
    shopper = bench.load("a-1")
    assert shopper.tail_cut
    assert shopper.known_events == 500
    assert skus(shopper)[-1] == "S699"
    bench.project()
    assert not bench.load("a-1").tail_cut
    assert bench.load("a-1").known_events == 700
