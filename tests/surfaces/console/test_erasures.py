"""Who asked to be forgotten, in the console: what would go is said first, and nothing goes by a look."""

from __future__ import annotations

from tests.surfaces.console.shop import Shop

from maatwerk.cli.erase import finish
from maatwerk.flows.erase import pending

ASK = "/console/erasures/ask/user_id/u-console-1"


def test_from_the_question_to_the_receipt(shop: Shop) -> None:
    """The question counts what would go; the form begins it; the receipt says nothing of whom it is about."""
    assert "Nobody asked to be forgotten" in shop.get("/console/erasures").text
    traits = {"email": "console@ex.example"}
    shop.tell({"type": "identify", "anonymousId": "d-console-1", "userId": "u-console-1", "traits": traits})
    shop.tell({"type": "page", "anonymousId": "d-console-1"})
    assert "Forget u-console-1: 2 events will go, for good" in shop.get(ASK).text
    assert pending(shop.parts.records) == []
    where = shop.post(ASK, ASK).headers["location"]
    assert "Being forgotten" in shop.get(where).text
    finish(shop.parts, where.rsplit("/", 1)[1])
    done = shop.get(where).text
    assert "Forgotten: " in done
    assert "u-console-1" not in done
    assert "console@ex.example" not in done
    assert "1 person was forgotten" in shop.get("/console/erasures").text
    assert shop.get(ASK).status_code == 404
