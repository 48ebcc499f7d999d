"""The kit for a shop's own journeys: a clock that is told, and what would be said to whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from maatwerk.app.parts import open_parts
from maatwerk.app.rehearsing import rehearsal, simulate
from maatwerk.core.time import DAY, HOUR, MINUTE
from maatwerk.events.names import with_body
from maatwerk.testing.rehearsal import Rehearsal

START = 1_764_547_200_000


def known(stage: Rehearsal, who: str) -> None:
    stage.happen("Identified", who, traits={"email": f"{who}@ex.example"})
    stage.happen("Consent Changed", who, purposes={"email": True}, source="form")


def test_two_carts_in_a_row_both_get_their_reminders() -> None:
    with rehearsal(START) as stage:
        stage.publish("abandoned-cart", {})
        product = {"sku": "A", "name": "A", "price": "10.00", "currency": "EUR", "stock": 5}
        stage.happen("Product Published", origin="internal", proven=True, product=product)
        known(stage, "a-1")
        for number, hours in (("1", 30), ("2", 23)):
            stage.happen("Product Added", "a-1", sku="A", cart_id=f"c-{number}", quantity=1, price=10)
            stage.pass_time(f"{hours}h")
            stage.happen("Order Completed", "a-1", order_id=f"o-{number}", cart_id=f"c-{number}")
            stage.pass_time("30m")
        stage.pass_time("3d")
        told = [(one.step, (one.at - START) / HOUR, one.code) for one in stage.said]
        assert told == [("first", 0.5, ""), ("second", 24.0, ""), ("first", 31.0, "")]


def test_a_draft_over_what_happened_lately(tmp_path: Path) -> None:
    parts = open_parts(tmp_path, projects=True)
    try:
        now = parts.clock()
        events = []
        for number in range(4):
            at, who = now - 3 * DAY + number * MINUTE, f"a-{number % 2}"
            said: list[tuple[str, dict[str, Any]]] = [("Signed Up", {})]
            if number < 2:
                said.insert(0, ("Consent Changed", {"purposes": {"email": True}, "source": "form"}))
            for name, body in said:
                events.append(
                    with_body(name, body, id=f"e-{number}-{name}", time=at, received=at, anonymous_id=who)
                )
        traits = with_body(
            "Identified", {}, id="i", time=now - 40 * DAY, received=now - 40 * DAY, anonymous_id="a-0"
        )
        parts.log.append_now([_with(traits), *events])
        draft = {
            "name": "Draft",
            "trigger": {"event": ["Signed Up"]},
            "steps": [{"key": "w", "wait": "1h"}, {"key": "hello", "send": "newsletter"}],
        }
        found = simulate(parts, "draft", draft, days=30, cost=0.5)
    finally:
        parts.close()
    assert (found["sent"], found["people"], found["cost"]) == (1, 1, 0.5)
    assert found["left_out"] == {"no_address": 1}
    assert [
        (each["who"], round((each["at"] - now) / HOUR)) for each in found["messages"] if not each["code"]
    ] == [("a/a-0", -71)]


def _with(event: Any) -> Any:
    return msgspec.structs.replace(event, traits=msgspec.Raw(b'{"email": "ada@ex.example"}'))
