"""The evidence on a shopper's page, and taking an identifier away after a page that says what follows."""

from tests.surfaces.console.shop import Shop


def test_an_identifier_is_taken_away_after_asking(shop: Shop) -> None:
    look = {"type": "track", "event": "Page Viewed", "anonymousId": "a-9"}
    shop.tell(look)
    shop.tell({"type": "identify", "anonymousId": "a-9", "userId": "u-9"}, proven=True)
    shop.tell({"type": "identify", "userId": "u-9", "traits": {"email": "u9@shop.test"}}, proven=True)
    page = shop.get("/console/shoppers/user_id/u-9").text
    assert "How we know it is her" in page
    start = page.index("/console/people/unmerge/anonymous_id/a-9?profile_id=")
    place = page[start : page.index('"', start)]
    asked = shop.get(place)
    assert "2 of 3 events will leave this profile" in asked.text
    shop.post(place, place)
    after = shop.get("/console/shoppers/user_id/u-9").text
    assert "Was un-merged" in after
    assert "/console/people/unmerge/anonymous_id/a-9" not in after
    assert "u9@shop.test" in after
    refused = shop.get("/console/people/unmerge/user_id/u-9?profile_id=nobody")
    assert refused.status_code == 409
    assert "cannot be taken away" in refused.text
