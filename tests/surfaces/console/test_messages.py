"""Messages and templates in the console: what was sent and why not, and letters as they will be read."""

from __future__ import annotations

from tests.surfaces.console.shop import Shop

from maatwerk.events.names import with_body


def happen(shop: Shop, name: str, number: int, **said: object) -> None:
    about = {"message_id": f"m-{number}", "journey": "spring", "step": "letter", "channel": "email"}
    now = shop.parts.clock()
    body = {**about, "occurrence": "o"} if name != "Message Clicked" else {"message_id": f"m-{number}"}
    event = with_body(
        name,
        {**body, **said},
        id=f"{name}-{number}",
        time=now,
        received=now,
        origin="internal",
        anonymous_id="a-1",
    )
    shop.parts.log.append_now([event])


def test_the_ledger_says_what_was_sent_and_why_not(shop: Shop) -> None:
    assert "No messages yet" in shop.get("/console/messages").text
    for number in range(3):
        happen(shop, "Message Queued", number, due=0)
    happen(shop, "Message Sent", 0)
    happen(shop, "Message Suppressed", 1, code="capped", detail="3 in 24 hours")
    happen(shop, "Message Clicked", 0)
    shop.tell({"type": "page", "anonymousId": "a-1"})
    for path in ("/console/messages", "/console/messages?who=a-1"):
        page = shop.get(path).text
        assert "1 sent in 30 days, 1 held back" in page
        assert "spring · email" in page
        for words in ("clicked", "not sent</span> capped", "3 in 24 hours", "waiting"):
            assert words in page
    assert "Nobody goes by nobody" in shop.get("/console/messages?who=nobody").text


def test_templates_are_tried_and_shown_as_they_will_be_read(shop: Shop) -> None:
    dress = {"price": 59, "currency": "EUR", "stock": 2, "url": "/p/1"}
    shop.products(*({"sku": f"D{n}", "name": f"Dress {n} <b>", **dress} for n in range(4)))
    assert "templates can go out" in shop.get("/console/templates").text
    page = shop.get("/console/templates/newsletter?language=de").text
    assert "Diese Woche für Sie" in page
    assert page.count("<iframe") == 2
    letter = shop.get("/console/templates/newsletter/mail?language=de")
    assert "sandbox" in letter.headers["content-security-policy"]
    assert "x-frame-options" not in letter.headers
    assert "Dress 0 &lt;b&gt;" in letter.text
    assert shop.get("/console/templates/no-such").status_code == 404
