"""Experiments in the console: planned, started, read, ended, and the end undone."""

import asyncio

from tests.surfaces.console.shop import Elements, Shop, dress, order

from maatwerk.decisions.pipeline.words import Page
from maatwerk.flows.decide import Ask, Circumstances, decide
from maatwerk.flows.record import Asked

PLAN = "/console/experiments/new"
FIELDS = {
    "key": "home-list",
    "name": "Newest on the home page",
    "placement": "home.for-you",
    "unit": "newest",
    "primary": "revenue",
    "guard_margin": "on",
    "detect": "10",
    "minimum_days": "7",
    "maximum_days": "30",
}


def state(shop: Shop) -> str:
    shop.parts.knowledge.refresh(shop.parts.clock())
    rule = shop.parts.knowledge.rules.get("experiment", "home-list")
    return str((rule.document or {})["state"]) if rule else ""


def test_the_whole_way_of_an_experiment(shop: Shop) -> None:
    shop.products(dress("D1"), dress("D2"))
    for number in range(40):
        shop.tell(
            shop.seen(f"a-{number}", "D1"),
            *([order(shop, f"a-{number}", f"o-{number}", "59")] * (number < 4)),
        )
    assert "No experiments yet" in shop.get("/console/experiments").text
    asked = shop.post(PLAN, PLAN, action="plan", **FIELDS)
    assert "days</p>" in asked.text
    assert "of whom 10.0 % order" in asked.text
    assert state(shop) == ""
    kept = shop.post(PLAN, PLAN, action="draft", **FIELDS)
    page = kept.headers["location"]
    assert page == "/console/experiments/home-list"
    assert "Nobody sees it until it is started" in shop.get(page).text
    shop.post(page, page, action="start")
    assert state(shop) == "running"
    for number in range(12):
        ask = Ask(anonymous_id=f"a-{number}", context=Circumstances(page=Page(type="home")))
        asyncio.run(decide(shop.parts.deciding, ask, Asked(), signed=False))
    shop.fold()
    read = shop.get(page).text
    assert "Too early to say" in read
    assert Elements(read).harmful() == []
    assert "1 experiment running" in shop.get("/console/experiments").text
    shop.post(page, page, action="conclude", winner="newest")
    assert state(shop) == "concluded"
    shop.fold()
    assert "Ended by hand with newest" in shop.get(page).text
    shop.post(page, page, action="undo")
    assert state(shop) == "running"


def test_what_is_refused_loses_nothing_that_was_typed(shop: Shop) -> None:
    answer = shop.post(PLAN, PLAN, action="draft", **FIELDS | {"placement": "nowhere"})
    assert answer.status_code == 422
    assert "does not exist" in answer.text
    assert 'value="Newest on the home page"' in answer.text
    assert "is no number" in shop.post(PLAN, PLAN, action="plan", **FIELDS | {"share": "half"}).text
    assert state(shop) == ""
