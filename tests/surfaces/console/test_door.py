"""Who may look, and that a page keeps to itself."""

import re

import pytest
from tests.surfaces.console.shop import PAGES, SECRET, WRITE, Elements, Made, Shop

from maatwerk.surfaces.console.language import FRAME
from maatwerk.surfaces.console.navigation import GROUPS
from maatwerk.surfaces.console.sessions import TRIES


def test_without_a_key_nobody_sees_anything(made: Made) -> None:
    shop = made()
    for page in PAGES:
        answer = shop.get(page)
        assert answer.status_code == 303, page
        assert answer.headers["location"].startswith("/console/sign-in?to=%2Fconsole")
    assert (
        shop.get("/console/live/recent?after=0.0", headers={"accept": "application/json"}).status_code == 401
    )
    assert shop.get("/console/live/stream", headers={"accept": "text/event-stream"}).status_code == 401
    assert shop.ask("POST", "/console/rejected/retry").status_code == 303


def test_the_secret_key_opens_and_signing_out_closes(made: Made) -> None:
    shop = made()
    answer = shop.sign_in()
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/console"))
    assert SECRET not in cookie
    assert shop.get("/console").status_code == 200
    assert shop.post("/console/sign-out", "/console").status_code == 303
    shop.cookies.clear()
    assert shop.get("/console").status_code == 303


@pytest.mark.parametrize("key", ["", "sk_wrong", WRITE, "\ud83d"])
def test_no_other_key_opens(made: Made, key: str) -> None:
    shop = made()
    answer = shop.ask("POST", "/console/sign-in", content=f"key={key}".encode("utf-8", "surrogatepass"))
    assert answer.status_code == 401
    assert "not a secret key" in answer.text
    assert shop.get("/console").status_code == 303


def test_guessing_meets_patience(made: Made) -> None:
    shop = made()
    answers = [shop.sign_in(f"sk_{number}").status_code for number in range(TRIES + 2)]
    assert answers == [401] * TRIES + [429] * 2
    assert shop.sign_in().status_code == 429, "the right one has to wait too: it could be a guess"
    assert shop.sign_in(client="203.0.113.9").status_code == 303, "others are not locked out by it"


def test_a_cookie_of_ones_own_making_is_nothing(made: Made) -> None:
    shop, other = made(), made()
    other.sign_in()
    shop.cookies = {name: value[:-3] + "abc" for name, value in other.cookies.items()}
    assert shop.get("/console").status_code == 303


def test_a_form_of_elsewhere_changes_nothing(made: Made) -> None:
    shop = made()
    shop.sign_in()
    before = shop.parts.knowledge.rules.offset
    for token in ({}, {"token": ""}, {"token": "guessed"}):
        answer = shop.ask(
            "POST",
            "/console/rules/unit/for-you",
            data={"text": 'recommender = "newest"', "action": "publish", **token},
        )
        assert answer.status_code == 403
    shop.parts.knowledge.refresh(0)
    assert shop.parts.knowledge.rules.offset == before


def test_an_open_console_is_open_to_this_machine_alone(shop: Shop) -> None:
    assert shop.get("/console").status_code == 200
    shop.cookies.clear()
    assert shop.get("/console", host="localhost:8080").status_code == 200
    shop.cookies.clear()
    assert shop.get("/console", client="203.0.113.9").status_code == 303
    assert shop.get("/console", host="attacker.example").status_code == 303, "a name pointed at this machine"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/shop", "/console//evil", "/consoles", "/console\\x", "x"],
)
def test_after_signing_in_one_stays_in_the_console(made: Made, target: str) -> None:
    shop = made()
    answer = shop.ask("POST", "/console/sign-in", params={"to": target}, data={"key": SECRET})
    assert answer.headers["location"] == "/console"


def test_every_answer_carries_the_headers(shop: Shop) -> None:
    for page in (*PAGES, "/console/nowhere", "/console/static/console.css", "/console/sql/deed"):
        headers = shop.get(page).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers
        kept = "immutable" if "/static/" in page else "no-store"
        assert kept in headers["cache-control"]


def test_pages_need_nothing_inline(shop: Shop) -> None:
    for page in PAGES:
        assert not Elements(shop.get(page).text).harmful(), page


def test_static_files_are_where_pages_say(shop: Shop) -> None:
    found = set(re.findall(r'(?:src|href)="(/console/static/[^"]+)"', shop.get("/console/live").text))
    assert len(found) >= 5
    for address in found:
        assert shop.get(address).status_code == 200
    assert shop.get("/console/static/../application.py").status_code == 404
    assert shop.get("/console/static/%2e%2e/application.py").status_code == 404


def test_the_frame_speaks_three_languages(shop: Shop) -> None:
    assert ">Doelgroepen<" in shop.get("/console/live", headers={"accept-language": "nl-NL,en;q=0.5"}).text
    assert ">Zielgruppen<" in shop.get("/console/live", headers={"accept-language": "fr, de;q=0.5"}).text
    assert ">Audiences<" in shop.get("/console/live", headers={"accept-language": "fr"}).text


def test_whatever_the_rail_names_is_there_and_in_each_language(shop: Shop) -> None:
    for group in GROUPS:
        assert group.title in FRAME or not group.title
        for section in group.sections:
            assert section.title in FRAME, f"say {section.title!r} in Dutch and German: language.py"
            page = shop.get(f"/console/{section.path}".rstrip("/"))
            assert page.status_code == 200, section.path
            marks = [of for tag, of in Elements(page.text).found if tag == "a" and "aria-current" in of]
            assert marks, f"{section.path} is not marked in the rail: it passes another section"
