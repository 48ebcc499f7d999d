"""First steps, the doctor, and search over everything."""

import pytest
from tests.surfaces.console.shop import HOSTILE, Elements, Made, Shop, dress, order

from maatwerk.core.errors import Refused
from maatwerk.core.time import DAY, HOUR
from maatwerk.flows.review import KEYS, Step, answer, answers_of, plan


def test_first_steps_are_checked_as_they_stand(shop: Shop) -> None:
    text = shop.get("/console/start").text
    assert "4 steps to the first personal page" in text
    assert "wk_console" in text
    assert "sk_console" not in text
    shop.products(dress("D1"))
    shop.tell(shop.seen("a-1", "D1"))
    after = shop.get("/console/start").text
    assert "1 products" in after
    assert "2 steps to the first" in after


def test_the_doctor_names_ten_steps_and_says_what_cannot_be_said(shop: Shop) -> None:
    text = shop.get("/console/doctor").text
    for title in ("Is the data fit for it?", "Skills", "The 360-degree profiles", "dare to test"):
        assert title in text
    assert text.count("cannot be said before it is tried") >= 8
    assert shop.post("/console/doctor", "/console/doctor", step="skills", answer="Ana <b>").status_code == 303
    assert "Ana &lt;b&gt;" in shop.get("/console/doctor").text
    with pytest.raises(Refused):
        answer(shop.parts.records, "eleventh", "x")
    assert answers_of(shop.parts.records) == {"skills": "Ana <b>"}
    assert len(KEYS) == 10


def test_the_gain_of_the_worst_step_is_an_interval_of_an_assumption(made: Made) -> None:
    shop = made(open_access=True)
    shop.products(dress("D1"))
    for number in range(8):
        who = f"s-{number}"
        shop.tell(
            shop.seen(who, "D1", 3 * HOUR),
            shop.seen(who, "D1", 2 * HOUR, event="Product Added"),
            *([shop.seen(who, "D1", 2 * HOUR - 1000, event="Checkout Started")] if number < 4 else []),
            *([order(shop, who, f"o-{number}", "50.00")] if number < 2 else []),
        )
    text = shop.get("/console/doctor").text
    # four of eight carts go no further; half of those who do order, 50.00 each; a tenth of that is kept
    assert "4 of 8 shoppers are lost after “Product Added”" in text
    assert "Expected gain +10.00 EUR" in text


def test_the_plan_puts_what_brings_most_for_its_weeks_first() -> None:
    steps = [
        Step("a", "A", "?", "fair", remedy="a", weeks=2.0, gain=(1, 100, 200)),
        Step("b", "B", "?", "fair", remedy="b", weeks=1.0, gain=(1, 90, 200)),
        Step("c", "C", "?", "good", remedy="c", weeks=1.0),
    ]
    found = plan(steps, 0)
    assert [each.step.key for each in found] == ["b", "a"]
    assert (found[0].begins, found[0].ends, found[1].ends) == (DAY, 8 * DAY, 22 * DAY)


def test_search_finds_people_products_rules_reports_and_pages(shop: Shop) -> None:
    shop.products(dress("D1"), dress("DX", name=HOSTILE))
    shop.tell(
        {"type": "identify", "userId": "u-7", "anonymousId": "b-2", "traits": {"email": "ada@shop.example"}}
    )
    assert "/console/catalog/D1" in shop.get("/console/find?q=dress+linde").text
    assert "/console/rules/unit/for-you" in shop.get("/console/find?q=for-you").text
    assert "/console/insight/funnels" in shop.get("/console/find?q=funnels").text
    assert shop.get("/console/find?q=u-7").headers["location"].endswith("/shoppers/user_id/u-7")
    for query in ("onerror", HOSTILE):
        page = shop.get("/console/find", params={"q": query})
        assert page.status_code == 200
        assert not Elements(page.text).harmful()
    assert "Nothing has the words" in shop.get("/console/find?q=zzzzzz").text
