"""What the pages say, of an empty shop and of one in which something happened."""

import asyncio
import threading
import time

import msgspec
import pytest
from tests.surfaces.console.shop import HOSTILE, LONG_AGO, PAGES, Elements, Made, Shop, dress, order

from maatwerk.core.time import DAY, HOUR
from maatwerk.decisions.experiments.assign import held_out
from maatwerk.events.decisions import DecisionMade, encode
from maatwerk.events.event import Event
from maatwerk.events.log import DecisionRow
from maatwerk.surfaces.console import words
from maatwerk.surfaces.console.kept import Kept
from maatwerk.surfaces.console.rendering import compact, money, share, since, size


def browsed(shop: Shop) -> str:
    """Dresses, some shoppers, an order, a decision; the visitor id of the one who looked most."""
    shop.products(
        *(dress(f"D{number}") for number in range(1, 9)), dress("D9", stock=0), dress("DX", name=HOSTILE)
    )
    her = next(name for name in ("a-1", "a-2", "a-3") if not held_out(name, 0.1))
    shop.tell(
        shop.seen("b-1", "D1", LONG_AGO),
        shop.seen("b-1", "D2", HOUR),
        *(shop.seen(her, f"D{number}") for number in (1, 2, 3)),
        order(shop, "b-1", "o-1", "100.00"),
        {"type": "identify", "userId": "u-7", "anonymousId": "b-2", "traits": {"email": "ada@shop.example"}},
    )
    return her


def test_an_empty_shop_teaches(shop: Shop) -> None:
    for page in PAGES:
        answer = shop.get(page)
        assert answer.status_code == 200, page
        assert "<h1>" in answer.text
    assert "Nothing has happened yet" in shop.get("/console").text
    assert "Waiting for the first event" in shop.get("/console/live").text
    assert "maatwerk import catalog" in shop.get("/console/catalog").text
    assert "All that came in could be read" in shop.get("/console/rejected").text
    assert "No model has been taught yet" in shop.get("/console/health").text


def test_the_first_page_answers(shop: Shop) -> None:
    browsed(shop)
    text = shop.get("/console").text
    # 100.00 from three visitors (b-1, the one who looked, u-7); the week before had one, and nothing sold
    assert "<h1>Revenue per visitor 33.33 EUR, up 33.33</h1>" in text
    assert "1 of 3 visitors ordered" in text
    assert "Not yet known" in text
    assert "of 1,000 visitors in the holdout" in text
    assert "True answer" not in text
    for name in ("totals", "days", "exposed", "link", "sale"):
        assert shop.get(f"/console/sql/{name}").text.startswith("--")
    assert shop.get("/console/sql/nothing").status_code == 404
    assert shop.get("/console/sql/..%2f..%2fsettings").status_code == 404


def crowd(shop: Shop, visitors: int, buys: float, buys_held: float) -> None:
    """So many visitors since a first decision two days ago; every so-manieth of each arm pays 50.00."""
    now = shop.parts.clock()
    first = DecisionMade("d-first", now - 2 * DAY)
    row = DecisionRow(first.id, first.time, "", "", encode(first))
    events, counts = [], {True: 0.0, False: 0.0}
    for number in range(visitors):
        who = f"crowd-{number}"
        held = held_out(who, 0.1)
        time = now - DAY + number
        events.append(Event("Page Viewed", f"p-{number}", time, time, anonymous_id=who))
        counts[held] += buys_held if held else buys
        if counts[held] >= 1:
            counts[held] -= 1
            said = f'{{"order_id":"o-{number}","total":"50.00","currency":"EUR"}}'.encode()
            paid = Event("Order Completed", f"q-{number}", time + 1, time + 1, anonymous_id=who)
            events.append(msgspec.structs.replace(paid, properties=msgspec.Raw(said)))
    shop.parts.log.append_now([], [row])
    for start in range(0, len(events), 2_000):
        shop.parts.log.append_now(events[start : start + 2_000])


@pytest.mark.parametrize(
    ("buys", "buys_held", "says"),
    [
        (0.10, 0.04, "Maatwerk adds "),
        (0.04, 0.12, "Maatwerk costs "),
        (0.05, 0.05, "Not yet known: between −"),
    ],
)
def test_what_maatwerk_adds_is_money_with_its_interval(
    shop: Shop, buys: float, buys_held: float, says: str
) -> None:
    crowd(shop, 13_000, buys, buys_held)
    text = shop.get("/console").text
    assert says in text
    assert '<svg class="interval"' in text
    assert "a visitor, between" in text
    if says == "Maatwerk adds ":
        # 3.00 a visitor (5.00 less 2.00) times about nine in ten of the visitors
        amount = float(text.partition(says)[2].partition(" EUR")[0].replace(",", ""))
        assert 3.0 * 0.88 * 13_000 < amount < 3.0 * 0.92 * 13_000


def test_without_a_holdout_it_says_how_to_measure(made: Made) -> None:
    shop = made(open_access=True, holdout=0.0)
    browsed(shop)
    assert "Not measured: the shop keeps no holdout" in shop.get("/console").text


def test_live_rows_follow_each_other(shop: Shop) -> None:
    her = browsed(shop)
    page = shop.get("/console/live").text
    assert "Looked at" in page
    assert "Dress D2" in page
    first = shop.get("/console/live/recent?after=0.0").json()
    assert first["rows"]
    assert shop.get(f"/console/live/recent?after={first['after']}").json()["rows"] == []
    shop.tell(shop.seen(her, "D4"), shop.seen("b-1", "D5"))
    shop.decide(her, {"type": "home"})
    newer = shop.get(f"/console/live/recent?after={first['after']}").json()
    assert [row["key"][0] for row in newer["rows"]].count("e") == 2
    assert any("Decided the home page" in row["html"] and "personal" in row["html"] for row in newer["rows"])
    hers = shop.get(f"/console/live/recent?after={first['after']}&anonymous_id={her}").json()["rows"]
    assert {row["anonymous_id"] for row in hers} == {her}
    assert len(hers) == 2


def test_the_profile_beside_changes_with_what_she_does(shop: Shop) -> None:
    her = browsed(shop)
    before = shop.get(f"/console/live/profile?anonymous_id={her}").text
    assert "women/dresses" in before
    assert "In her cart" not in before
    shop.tell(shop.seen(her, "D3", 1000, event="Product Added", properties={"quantity": 2}))
    time.sleep(0.4)  # a profile is kept for a moment
    after = shop.get(f"/console/live/profile?anonymous_id={her}").text
    assert "In her cart" in after
    assert "× 2" in after


@pytest.mark.parametrize(
    ("query", "lands"),
    [("ada@shop.example", "email/ada%40shop.example"), ("u-7", "user_id/u-7"), ("b-1", "anonymous_id/b-1")],
)
def test_a_shopper_is_found_by_any_identifier(shop: Shop, query: str, lands: str) -> None:
    browsed(shop)
    answer = shop.get("/console/shoppers", params={"q": query})
    assert answer.headers["location"] == f"/console/shoppers/{lands}"
    assert shop.get(answer.headers["location"]).status_code == 200


def test_nobody_is_nobody(shop: Shop) -> None:
    browsed(shop)
    for query in ("nobody@shop.example", "u-99", "x" * 300, HOSTILE, "\x00", "%00", "/../../etc"):
        answer = shop.get("/console/shoppers", params={"q": query})
        assert answer.status_code == 404, query
        assert "Nobody goes by" in answer.text
    assert shop.get("/console/shoppers/anonymous_id/never-here").status_code == 404
    assert shop.get("/console/shoppers/phone/123").status_code == 404


def test_a_profile_tells_what_and_why(shop: Shop) -> None:
    her = browsed(shop)
    decided = shop.decide(her, {"type": "home"}, explain=True)
    text = shop.get(f"/console/shoppers/anonymous_id/{her}").text
    assert "women/dresses" in text
    assert "Looked at" in text
    assert decided["decisionId"] in text
    assert shop.get("/console/shoppers/anonymous_id/b-1").text.count("100.00 EUR") >= 1
    assert "<dt>Familiarity</dt><dd>unknown</dd>" in text


def test_a_decision_says_why_and_can_be_said_again(shop: Shop) -> None:
    her = browsed(shop)
    decided = shop.decide(her, {"type": "home"}, explain=True)
    path = f"/console/decisions/{decided['decisionId']}"
    text = shop.get(path).text
    shown = decided["placements"]["home.for-you"]["items"]
    assert shown
    for item in shown:
        assert item["product"]["name"].partition("<")[0] in text
    assert "What was made from" not in text
    removed = {
        each["removed_by"] for slot in decided["placements"].values() for each in slot.get("removed", ())
    }
    assert removed
    assert all(words.removed(rule) in text for rule in removed)
    whole = shop.post(f"{path}/replay", path)
    assert '<span class="chip chip-on">identical</span>' in whole.text
    part = shop.ask("POST", f"{path}/replay", headers={"x-part": "1"}, data={"token": token(shop, path)})
    assert "identical" in part.text
    assert "<html" not in part.text
    assert shop.get("/console/decisions/d-none").status_code == 404


def token(shop: Shop, page: str) -> str:
    return shop.get(page).text.partition('name="token" value="')[2].partition('"')[0]


def test_the_holdout_is_told(made: Made) -> None:
    shop = made(open_access=True, holdout=0.9)
    shop.products(dress("D1"))
    held = next(f"a-{number}" for number in range(50) if held_out(f"a-{number}", 0.9))
    shop.tell(shop.seen(held, "D1"))
    decided = shop.decide(held, {"type": "home"})
    assert "she is in the holdout" in shop.get(f"/console/decisions/{decided['decisionId']}").text
    assert "In the holdout" in shop.get(f"/console/shoppers/anonymous_id/{held}").text


def test_the_catalog_is_searched(shop: Shop) -> None:
    browsed(shop)
    assert "9 of 10 products can be shown" in shop.get("/console/catalog").text
    found = shop.get("/console/catalog?q=dress+d4").text
    assert "Dress D4" in found
    assert "Dress D5" not in found
    assert "Dress D9" in shop.get("/console/catalog?show=sold-out").text
    assert "Sold out: not recommended" in shop.get("/console/catalog/D9").text
    assert "59.00 EUR" in shop.get("/console/catalog/D1").text
    assert shop.get("/console/catalog/none").status_code == 404
    for odd in ("page=0", "page=99999", "page=-1", "page=x", "show=nonsense", "q=" + "x" * 500):
        assert shop.get(f"/console/catalog?{odd}").status_code == 200


def test_refused_messages_are_shown_with_their_remedy_and_tried_again(shop: Shop) -> None:
    shop.tell({"type": "track", "anonymousId": "a-1"}, {"type": "track", "event": "X", "timestamp": "soon"})
    text = shop.get("/console/rejected").text
    assert "2 messages refused, and kept" in text
    assert "A track message names its event." in text
    again = shop.post("/console/rejected/retry", "/console/rejected")
    assert "0 accepted, 2 refused again" in again.text
    one = shop.post("/console/rejected/retry", "/console/rejected", id="1")
    assert "0 accepted, 1 refused again" in one.text
    gone = shop.post("/console/rejected/retry", "/console/rejected", id="77")
    assert "1 no longer here" in gone.text


def test_health_counts(shop: Shop) -> None:
    browsed(shop)
    text = shop.get("/console/health").text
    assert "Behind the log" in text
    assert "1.2 MB" in text


def test_hostile_words_are_words(shop: Shop) -> None:
    shop.products(
        dress("D1", name=HOSTILE, brand=HOSTILE, categories=["women/<i>"], attributes={"color": HOSTILE})
    )
    shop.tell(
        shop.seen(HOSTILE, "D1", userId=HOSTILE),
        shop.seen(HOSTILE, "", event="Products Searched", properties={"query": HOSTILE}),
        shop.seen(HOSTILE, "", event=HOSTILE),
        {
            "type": "identify",
            "anonymousId": HOSTILE,
            "userId": HOSTILE,
            "traits": {HOSTILE: HOSTILE, "name": HOSTILE},
        },
        {"type": "track", "event": "Page", "anonymousId": HOSTILE, "timestamp": HOSTILE},
    )
    decided = shop.decide(HOSTILE, {"type": "product", "sku": "D1", "category": HOSTILE, "url": HOSTILE})
    pages = [
        *PAGES,
        "/console/catalog/D1",
        f"/console/decisions/{decided['decisionId']}",
        "/console/live/recent?after=0.0",
    ]
    found = shop.get("/console/shoppers", params={"q": HOSTILE}).headers["location"]
    for page in [*pages, found]:
        answer = shop.get(page)
        assert answer.status_code == 200, page
        html = "".join(row["html"] for row in answer.json()["rows"]) if "recent" in page else answer.text
        assert not Elements(html).harmful(), page
    assert "&lt;img src=x" in shop.get(found).text


def test_an_answer_is_made_once_at_a_time_and_kept() -> None:
    made: list[int] = []
    running = threading.Event()

    def slow() -> int:
        assert not running.is_set(), "two at once"
        running.set()
        time.sleep(0.05)
        made.append(1)
        running.clear()
        return len(made)

    async def ask() -> tuple[list[int], int, int]:
        kept = Kept(0.2)
        together = await asyncio.gather(*(kept.get("key", slow) for _ in range(5)))
        soon = await kept.get("key", slow)
        await asyncio.sleep(0.25)
        stale = await kept.get("key", slow)  # the old one, while a new one is made
        await asyncio.sleep(0.1)
        return list(together), soon, stale

    together, soon, stale = asyncio.run(ask())
    assert together == [1] * 5
    assert (soon, stale) == (1, 1)
    assert len(made) == 2


def test_what_fails_is_not_kept() -> None:
    async def ask() -> str:
        kept = Kept(60)
        with pytest.raises(OSError, match="disk"):
            await kept.get("key", fails)
        return await kept.get("key", lambda: "well")

    def fails() -> str:
        raise OSError("disk")

    assert asyncio.run(ask()) == "well"


def test_how_numbers_are_written() -> None:
    assert money(123456, "EUR") == "1,234.56 EUR"
    assert money(-50, "EUR", sign=True) == "−0.50 EUR"
    assert money(184.4, "EUR", sign=True, unit=False) == "+1.84"
    assert money(1500, "JPY") == "1,500 JPY"
    assert money(12_345_678_90, "EUR") == "12,345,678 EUR"
    assert money(None, "EUR") == "–"
    assert share(0.0213) == "2.1 %"
    assert share(-0.5, sign=True) == "−50.0 %"
    assert share(None) == "–"
    assert size(999) == "999 B"
    assert size(1_234_567) == "1.2 MB"
    assert compact(12_345) == "12.3k"
    assert since(90_000) == "1 min ago"
