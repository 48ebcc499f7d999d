"""Advancing: switched by a rule, idempotent, and rebuilt from the log as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.flows.mailing import Inbox, Shop, mail_server

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY
from maatwerk.decisions.journeys import words
from maatwerk.effects.outbox import OUTBOX, PLACE
from maatwerk.events.names import body
from maatwerk.flows.advance import advance, enabled
from maatwerk.flows.publish import diff, publish


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with mail_server(Inbox()) as port:
        opened = Shop(tmp_path, port)
        opened.sells("DR01")
        yield opened
        opened.close()


def switch(shop: Shop, key: str, document: dict[str, object] | None) -> None:
    shop.knowledge.refresh(shop.now)
    wanted = {("journey", key): document}
    publish(shop.log, shop.knowledge.rules, wanted, clock=lambda: shop.now, chance=os.urandom, author="test")
    shop.knowledge.refresh(shop.now)


def test_a_rule_switches_a_journey_on_and_off(shop: Shop) -> None:
    assert enabled(shop.knowledge.rules) == {}
    switch(shop, "abandoned-cart", {"waits": {"quiet": "10m", "day": "60m"}})
    assert "abandoned-cart" in enabled(shop.knowledge.rules)
    shop.known("a-1")
    shop.add("a-1", "DR01")
    assert [shop.turn(9), shop.turn(1), shop.turn(50)] == [0, 1, 1]
    shop.known("a-2", "b@ex.example")
    shop.add("a-2", "DR01", cart="c-2")
    switch(shop, "abandoned-cart", None)
    assert shop.turn(10) == 0
    assert shop.outcomes() == [("abandoned-cart", "first", "disabled")]


def test_a_rule_for_no_journey_is_refused(shop: Shop) -> None:
    with pytest.raises(Refused) as refused:
        diff(shop.knowledge.rules, {("journey", "moon-phase"): {"enabled": True}})
    assert refused.value.code == "journey_not_known"


def test_asked_twice_it_counts_once(shop: Shop) -> None:
    """Before the projector has folded the answer, and again by a process that does not remember asking."""
    switch(shop, "abandoned-cart", {})
    shop.known("a-1")
    shop.add("a-1", "DR01")
    shop.project()
    shop.now += 30 * 60_000
    assert advance(shop.advancing, shop.now) == 1
    assert advance(shop.advancing, shop.now) == 0
    shop.advancing.until = 0
    assert advance(shop.advancing, shop.now) == 0
    assert shop.outcomes("Message Queued") == [("abandoned-cart", "first", "")]
    assert shop.turn() == 1
    assert shop.turn(24 * 60) == 1, "the second step is none the worse for it"


def test_the_views_are_rebuilt_from_the_log_as_they_were(shop: Shop) -> None:
    switch(shop, "abandoned-cart", {})
    switch(shop, "back-in-stock", {})
    shop.sells("BG03", 0)
    for number in range(4):
        shop.known(f"a-{number}", f"s{number}@ex.example", mail=number != 3)
        shop.add(f"a-{number}", "DR01", cart=f"c-{number}")
        shop.happen("Back In Stock Requested", f"a-{number}", sku="BG03")
        shop.turn(20)
    shop.restock("BG03", 1)
    shop.sending.mailer = None
    shop.turn(1)
    tables = (*words.TABLES, OUTBOX, PLACE)
    before = {table: dict(shop.store.every(table)) for table in tables}
    assert before[words.DUE]
    assert before[OUTBOX]
    for view in ("journeys", "outbox"):
        shop.projector.rebuild(view)
    assert {table: dict(shop.store.every(table)) for table in tables} == before


MINE: dict[str, Any] = {
    "name": "Welcome",
    "trigger": {"event": ["Signed Up"]},
    "steps": [
        {"key": "wait", "wait": "1h"},
        {"key": "hello", "send": "back-in-stock"},
        {"key": "later", "wait": "1d"},
        {"key": "again", "send": "back-in-stock"},
    ],
}


def moved(shop: Shop) -> list[tuple[tuple[str, ...], str, str]]:
    """Path, where she waits and why she left, of every step that was taken."""
    said = [body(event) for event in shop.log.read(0, 10_000) if event.name == "Journey Moved"]
    return [(each.path, each.node, each.code) for each in said]


@pytest.mark.parametrize(
    ("changed", "paths"),
    [
        ("finish", [("hello", "later"), ("again",)]),
        ("move", [("hello", "later"), ("other",)]),
    ],
)
def test_those_inside_finish_on_their_version_or_move(
    shop: Shop, changed: str, paths: list[tuple[str, ...]]
) -> None:
    shop.sending.mailer = None
    switch(shop, "mine", MINE)
    shop.known("a-1")
    shop.happen("Signed Up", "a-1")
    shop.turn(60)
    newer = MINE | {"changed": changed, "steps": [*MINE["steps"][:3], {"key": "other", "exit": "moved"}]}
    switch(shop, "mine", newer)
    shop.turn(24 * 60)
    assert [path for path, _, _ in moved(shop)] == paths


def test_a_paused_journey_moves_nobody_and_goes_on_afterwards(shop: Shop) -> None:
    shop.sending.mailer = None
    switch(shop, "mine", MINE)
    shop.known("a-1")
    shop.happen("Signed Up", "a-1")
    switch(shop, "mine", MINE | {"paused": True})
    shop.turn(120)
    assert moved(shop) == []
    switch(shop, "mine", MINE)
    shop.turn(1)
    assert moved(shop) == [(("hello", "later"), "later", "")]


def test_the_most_important_journey_has_her_and_the_other_waits(shop: Shop) -> None:
    shop.sending.mailer = None
    switch(shop, "mine", MINE | {"priority": 90, "steps": MINE["steps"][:2]})
    switch(shop, "less", MINE | {"priority": 10, "steps": MINE["steps"][:2]})
    shop.known("a-1")
    shop.happen("Signed Up", "a-1")
    shop.turn(60)
    assert [key for key, _, _ in shop.outcomes("Message Queued")] == ["mine"]
    shop.turn(11 * 60)
    assert len(shop.outcomes("Message Queued")) == 1
    shop.turn(61)
    assert [key for key, _, _ in shop.outcomes("Message Queued")] == ["mine", "less"]


def test_what_is_waited_for_a_goal_and_beginning_again(shop: Shop) -> None:
    shop.sending.mailer = None
    steps = [
        MINE["steps"][1],
        {"key": "buys", "wait_for": "Order Completed", "within": "3d", "then": "end"},
        MINE["steps"][3],
        {"key": "end", "exit": "bought"},
    ]
    switch(shop, "mine", MINE | {"again": "10d", "goal": {"event": "Order Completed"}, "steps": steps})
    shop.known("a-1")
    shop.happen("Signed Up", "a-1")
    shop.turn(1)
    shop.happen("Order Completed", "a-1", order_id="o-1", products=[{"sku": "DR01"}])
    shop.turn(1)
    shop.happen("Signed Up", "a-1")
    shop.turn(1)
    assert moved(shop) == [(("hello", "buys"), "buys", ""), (("end",), "", "bought")], "not again so soon"
    counts = dict(shop.store.every(words.COUNT))
    assert [words.decode_count(row).passed for key, row in counts.items() if key.endswith("!goal")] == [1]
    shop.now += 11 * DAY
    shop.happen("Signed Up", "a-1")
    shop.turn(1)
    assert len(moved(shop)) == 3
