"""Advancing: switched by a rule, idempotent, and rebuilt from the log as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flows.mailing import Inbox, Shop, mail_server

from maatwerk.core.errors import Refused
from maatwerk.decisions.journeys import words
from maatwerk.effects.outbox import OUTBOX, PLACE
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
    switch(shop, "abandoned-cart", {"enabled": True, "after_minutes": [10, 60]})
    assert [step.after_ms for step in enabled(shop.knowledge.rules)["abandoned-cart"].steps] == [
        600_000,
        3_600_000,
    ]
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
