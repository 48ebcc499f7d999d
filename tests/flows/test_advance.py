"""Advancing: switched by a rule, idempotent, and rebuilt from the log as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.flows.mailing import Inbox, Shop, mail_server

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY, format_time, parse_time
from maatwerk.decisions.journeys import words
from maatwerk.decisions.journeys.campaign import journey_key
from maatwerk.effects.outbox import OUTBOX, PLACE
from maatwerk.events.event import Context
from maatwerk.events.names import body, traits
from maatwerk.flows.advance import advance, enabled
from maatwerk.flows.publish import diff, publish
from maatwerk.flows.recipients import recipients


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


def test_who_watches_a_price_is_told_when_it_is_low_enough(shop: Shop) -> None:
    shop.sending.mailer = None
    switch(shop, "price-drop", {})
    for number, below in enumerate([None, 50, 40]):
        shop.known(f"a-{number}", f"s{number}@ex.example")
        shop.happen("Price Alert Requested", f"a-{number}", sku="DR01", below=below)
    shop.happen("Product Changed", origin="internal", proven=True, sku="DR01", fields={"price": "58.00"})
    shop.turn(1)
    assert shop.outcomes("Message Queued") == [], "by too little, and above what they named"
    shop.happen("Product Changed", origin="internal", proven=True, sku="DR01", fields={"sale_price": "49.00"})
    shop.turn(1)
    shop.turn(1)
    assert shop.outcomes("Message Queued") == [("price-drop", "alert", "")] * 2
    assert len(dict(shop.store.every(words.WATCH))) == 1


def test_a_schedule_goes_once_through_everybody_with_an_address(shop: Shop) -> None:
    shop.sending.mailer = None
    for number in range(3):
        shop.known(f"a-{number}", f"s{number}@ex.example")
    shop.happen("Page Viewed", "a-nobody")
    switch(shop, "newsletter", {"trigger": {"schedule": "daily 09:00"}})
    for _ in range(48):
        shop.turn(60)
    assert len(shop.outcomes("Message Queued")) == 3, "not again within six days"
    done = [words.decode_sweep(row) for _, row in shop.store.every(words.SWEEP)]
    assert [(each.entered, each.done) for each in done] == [(3, True), (3, True)]


def test_a_birthday_comes_every_year_where_she_is(shop: Shop) -> None:
    """Told before the journey was on, and after."""
    shop.sending.mailer = None
    shop.known("a-1", "one@ex.example")
    shop.happen("Identified", "a-1", traits={"birthday": "1990-12-24"})
    shop.project()
    switch(shop, "birthday", {})
    shop.known("a-2", "two@ex.example")
    shop.happen(
        "Identified", "a-2", traits={"birthday": "1991-12-24"}, context=Context(timezone="Asia/Tokyo")
    )
    shop.turn(1)
    shop.turn(1)
    due = sorted(key.split("\t")[1:3] for key, _ in shop.store.every(words.DUE))
    moments = [(format_time(int(at))[:16], who) for at, who in due]
    assert moments == [("2025-12-24T00:00", "a/a-2"), ("2025-12-24T09:00", "a/a-1")]
    shop.now = parse_time("2025-12-24T09:01:00Z")
    shop.turn(0)
    assert len(shop.outcomes("Message Queued")) == 2
    due = sorted(key.split("\t")[1:3] for key, _ in shop.store.every(words.DUE))
    assert [format_time(int(at))[:4] for at, _ in due] == ["2026", "2026"]


def test_a_list_a_trait_and_a_code_of_her_own(shop: Shop) -> None:
    shop.sending.mailer = None
    shop.advancing.mint = lambda pool, who, key, now: f"{pool}-{who}"
    shop.knowledge.refresh(shop.now)
    publish(
        shop.log,
        shop.knowledge.rules,
        {("audience", "left"): {"name": "Left something"}},
        clock=lambda: shop.now,
        chance=os.urandom,
        author="test",
    )
    steps = [
        {"key": "aim", "join": "left"},
        {"key": "note", "update": {"reminded": True}},
        {"key": "gift", "code": "TEN"},
        MINE["steps"][1],
    ]
    switch(shop, "mine", MINE | {"steps": steps})
    shop.known("a-1")
    shop.happen("Signed Up", "a-1")
    shop.turn(1)
    events = {event.name: event for event in shop.log.read(0, 1_000) if event.origin == "internal"}
    assert body(events["Audience Listed"]).audience == "left"
    assert traits(events["Identified"]) == {"reminded": True}
    assert body(events["Message Queued"]).data == {"code": "TEN-a/a-1"}


def test_a_campaign_goes_once_to_its_audience_and_says_beforehand_to_whom(shop: Shop) -> None:
    shop.sending.mailer = None
    for number in range(3):
        shop.known(f"a-{number}", f"s{number}@ex.example", mail=number != 1)
    shop.project()
    shop.knowledge.refresh(shop.now)
    document = {"name": "Spring", "template": "newsletter", "at": format_time(shop.now + 3_600_000)}
    publish(
        shop.log,
        shop.knowledge.rules,
        {("campaign", "spring"): document},
        clock=lambda: shop.now,
        chance=os.urandom,
        author="test",
    )
    shop.knowledge.refresh(shop.now)
    key = journey_key("spring")
    whom = recipients(shop.advancing, key, enabled(shop.knowledge.rules)[key], shop.now)
    assert (whom.looked_at, whom.reached, whom.codes) == (3, 2, {"no_consent": 1})
    for _ in range(6):
        shop.turn(30)
    queued = [(each, step) for each, step, _ in shop.outcomes("Message Queued")]
    assert queued == [("campaign.spring", "message")] * 2
