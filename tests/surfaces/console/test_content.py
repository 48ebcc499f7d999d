"""Content in the console: written, tried on somebody at some time, published, taken back."""

from __future__ import annotations

from typing import Any

from tests.surfaces.console.shop import HOSTILE, Shop, dress

NEW = "/console/content/new"
WRITTEN = {
    "key": "spring",
    "name": "Spring",
    "active": "on",
    "placement.home.hero": "on",
    "priority": "200",
    "from": "2027-03-01T00:00",
    "v0.title": "Spring is near",
    "v0.text": "<p onclick=x>Soon</p>",
    "v0.link_url": "/women",
    "v0.link_label": "Look",
    "v1.title": "In Dutch",
    "v1.locale": "nl",
}


def document(shop: Shop, key: str) -> dict[str, Any]:
    shop.parts.knowledge.refresh(shop.parts.clock())
    rule = shop.parts.knowledge.rules.get("block", key)
    return dict(rule.document or {}) if rule else {}


def test_a_draft_is_tried_at_any_time_and_changes_nothing(shop: Shop) -> None:
    asked = WRITTEN | {"at": "2027-02-28T23:59"}
    early = shop.post(f"{NEW}/preview", NEW, **asked).text
    assert "Nothing stands here: begins 2027-03-01T00:00:00.000Z." in early
    seen = shop.post(f"{NEW}/preview", NEW, **(asked | {"at": "2027-03-01T00:00"})).text
    assert '<h2 class="maatwerk-title">Spring is near</h2><p>Soon</p>' in seen
    assert "spring, variant 1." in seen
    dutch = {key: value for key, value in asked.items() if key != "v0.title"} | {
        "at": "2027-03-02T00:00", "as_locale": "nl-BE", "v0.locale": "fr",
    }  # fmt: skip
    assert "spring, variant 2: written in nl." in shop.post(f"{NEW}/preview", NEW, **dutch).text
    assert document(shop, "spring") == {}


def test_it_is_published_changed_and_taken_back(shop: Shop) -> None:
    shop.products(dress("D1"))
    page = "/console/content/spring"
    answer = shop.post(NEW, NEW, **WRITTEN)
    assert answer.headers["location"] == f"{page}?done=1"
    first = document(shop, "spring")
    assert first["variant"][0]["link"] == {"url": "/women", "label": "Look"}
    assert (first["from"], first["priority"], first["placements"]) == (
        "2027-03-01T00:00:00Z",
        200,
        ["home.hero"],
    )
    listed = shop.get("/console/content").text
    assert "from 2027-03-01 00:00 UTC" in listed
    shop.post(page, page, **(WRITTEN | {"v0.title": "Later"}))
    assert document(shop, "spring")["variant"][0]["title"] == "Later"
    shop.fold()
    shop.parts.knowledge.refresh(shop.parts.clock())
    version = next(
        line.split(">", 1)[1].split("<")[0]
        for line in reversed(shop.get(page).text.split("<tr>"))
        if "figure-left" in line
        for line in [line[line.index("figure-left") :]]
    )
    shop.post(page, page, action="back", version=version, reason="")
    assert document(shop, "spring") == first
    shop.post(page, page, action="withdraw", **WRITTEN)
    assert document(shop, "spring") == {}


def test_nothing_typed_is_lost_and_nothing_hostile_runs(shop: Shop) -> None:
    wrong = WRITTEN | {"v0.title": HOSTILE, "v0.text": HOSTILE, "v0.link_url": "javascript:alert(1)"}
    answer = shop.post(NEW, NEW, **wrong)
    assert answer.status_code == 422
    assert "link.url" in answer.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in answer.text
    assert "<img src=x onerror" not in answer.text
    seen = shop.post(f"{NEW}/preview", NEW, **(wrong | {"v0.link_url": "/", "at": "2027-04-01T00:00"})).text
    assert "<img src=x onerror" not in seen
    assert "<script>alert" not in seen
    shouted = shop.post(NEW, NEW, **(WRITTEN | {"priority": "high", "v0.data": "{"}))
    assert shouted.status_code == 422
    assert 'value="high"' in shouted.text
