"""The attacker as a law: whatever is sent with the public key under other devices changes nothing that a
shopper's own answers rest on, and shows its sender nothing that she did."""

from random import Random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.views.profile.conftest import Bench

from maatwerk.events.event import Event
from maatwerk.testing.events import ANONYMOUS, USERS, histories
from maatwerk.views.profile.folds import SIGNALS
from maatwerk.views.profile.shopper import Shopper

VICTIMS = [{"anon": anon} for anon in ANONYMOUS if anon] + [
    {"user": user, "user_proven": True} for user in sorted({*USERS} - {""})
]
ATTACKS = [{"anon": "mine", "user": user} for user in sorted({*USERS})] + [{"anon": "other", "user": "u-1"}]


def meaning(shopper: Shopper) -> dict[str, Any]:
    """All that an answer could rest on."""
    states = {fold.name: msgspec.to_builtins(shopper.of(fold)) for fold in SIGNALS}
    return states | {"known": shopper.known_events, "user": shopper.user_id, "proven": shopper.proven}


def seen(events: list[Event], asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What each question is answered from, before and after projecting."""
    bench = Bench()
    bench.log.append_now([msgspec.structs.replace(event, offset=0) for event in events])
    answers = [meaning(bench.load(**question)) for question in asked]
    bench.project()
    return answers + [meaning(bench.load(**question)) for question in asked]


def attack(events: list[Event]) -> list[Event]:
    """The same as claims from a device of his own, or from none."""
    return [
        msgspec.structs.replace(
            event, id=f"x-{event.id}", anonymous_id="mine" if event.anonymous_id else "", proven=False
        )
        for event in events
    ]


@settings(max_examples=40, deadline=None)
@given(hers=histories(max_size=15), his=histories(max_size=15).map(attack), order=st.randoms())
def test_claims_gain_nothing_and_change_nothing(hers: list[Event], his: list[Event], order: Random) -> None:
    both = [*hers]
    for event in his:
        both.insert(order.randint(0, len(both)), event)
    in_order = [event for event in both if event in his]  # his own, in the order in which they arrived
    assert seen(both, VICTIMS) == seen(hers, VICTIMS), "what a shopper is shown is hers alone"
    assert seen(both, ATTACKS) == seen(in_order, ATTACKS), "and nothing of it is shown to him"


def test_claims_cannot_crowd_out_what_is_proven(bench: Bench) -> None:
    bench.send("Identified", "hers", "u-1", at=1, proven=True)
    bench.view_of("DR01", "hers", at=2)
    crowd = [bench.make("Identified", f"x-{n}", "u-1", at=10 + n) for n in range(700)]
    bench.log.append_now(crowd)
    own = bench.view_of("SH02", "hers", at=3)
    fresh = bench.load("hers")
    assert fresh.own_events[-1] == own.id
    assert fresh.known_events == 3
    bench.project()
    for shopper in (bench.load("hers"), bench.load("new device", "u-1", user_proven=True)):
        assert [action.sku for action in shopper.activity.actions] == ["DR01", "SH02"]
