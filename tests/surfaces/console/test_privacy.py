"""The privacy pages: what was answered and left out in figures, one person's ledger, and her export."""

import io
import zipfile

from tests.surfaces.console.shop import HOSTILE, Shop


def test_the_page_counts_answers_and_what_was_left_out(shop: Shop) -> None:
    look = {"type": "track", "event": "Page Viewed", "anonymousId": "a-1"}
    said = {"purposes": {"analytics": True, "advertising": False}, "source": "banner"}
    shop.tell({"type": "track", "event": "Consent Changed", "anonymousId": "a-1", "properties": said})
    shop.tell(look | {"context": {"consent": {"storage": "denied"}}})
    shop.tell(look | {"context": {"consent": {"gpc": True}}})
    page = shop.get("/console/privacy")
    assert page.status_code == 200
    text = " ".join(page.text.split())
    assert "2 answers on consent" in text
    assert '<th scope="row">Statistics</th><td class="figure">1</td><td class="figure">0</td>' in text
    assert "1 event with it" in text
    assert '<th scope="row">Messages not kept at all' in text
    assert "395 days" in text


def test_a_persons_ledger_and_what_she_asked_for_by_letter(shop: Shop) -> None:
    said = {"purposes": {"analytics": True}, "source": HOSTILE, "text_version": "v7"}
    shop.tell({"type": "identify", "userId": "u-1", "traits": {"email": "ida@shop.test"}}, proven=True)
    shop.tell({"type": "track", "event": "Consent Changed", "userId": "u-1", "properties": said}, proven=True)
    assert (
        shop.get("/console/privacy?q=ida@shop.test").headers["location"]
        == "/console/privacy/email/ida%40shop.test"
    )
    page = shop.get("/console/privacy/user_id/u-1")
    assert "1 entry in the ledger" in page.text
    assert "v7" in page.text
    assert "<script>alert" not in page.text
    place = "/console/privacy/user_id/u-1"
    done = shop.post(place, place, analytics="denied", profiling="made")
    assert "It counts from now on" in done.text
    assert "3 entries in the ledger" in done.text
    assert "Objection to profiling: <b>stands</b>" in done.text
    assert "Statistics: <b>denied</b>" in done.text
    packed = shop.get("/console/privacy/user_id/u-1/export")
    assert packed.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(packed.content)) as files:
        assert b"ida@shop.test" in files.read("export.json")


def test_nobody_is_said_plainly(shop: Shop) -> None:
    assert shop.get("/console/privacy?q=nobody-here").status_code == 404
    assert shop.get("/console/privacy/user_id/u-nobody").status_code == 404
    assert shop.get("/console/privacy/dance/u-nobody").status_code == 404
    assert shop.get("/console/privacy/user_id/u-nobody/export").status_code == 404
