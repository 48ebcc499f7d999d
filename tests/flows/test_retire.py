"""Fourteen months later: what is past its period is in no file any more, and what is not is whole."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maatwerk.app.background import seal
from maatwerk.app.judging import judging_of
from maatwerk.app.parts import Parts, open_parts
from maatwerk.app.retention import retiring_of
from maatwerk.core.time import DAY
from maatwerk.engines.files.workspace import Workspace
from maatwerk.events.log import DecisionRow
from maatwerk.events.names import with_body
from maatwerk.flows.record import Asked, record_blocking
from maatwerk.flows.retire import retire
from maatwerk.views.profile.find import profile
from maatwerk.views.profile.load import load

START = 1_795_348_800_000
LATER = START + 426 * DAY
PLANTED = [
    b"a-planted",
    b"u-planted",
    b"planted@shop.test",
    b"ord-planted",
    b"Plantedname",
    b"planted-word",
    b"SKU-PLANTED",
]


class Shop:
    """A workspace, and a clock to set."""

    def __init__(self, folder: Path) -> None:
        Workspace(folder).create()
        self.folder = folder
        self.now = START
        self.parts: Parts = open_parts(folder, projects=True)
        self.recording = dataclasses.replace(self.parts.recording, clock=lambda: self.now)
        self.projector = self.parts.projector()
        self.projector.prepare()
        self.judging = judging_of(self.parts, self.projector)

    def tell(self, *messages: dict[str, Any]) -> None:
        lines = [json.dumps({"type": "track", **message}).encode() for message in messages]
        assert all(
            not done.rejected or done.accepted
            for done in record_blocking(self.recording, lines, Asked(proven=True))
        )
        while self.projector.run_once():
            pass
        seal(self.parts)

    def age(self, now: int) -> None:
        self.now = now
        old = retiring_of(self.parts, self.projector, judging_of(self.parts, self.projector))
        for _ in range(3):  # a file that a query may still read goes a turn later
            while not retire(old, now):
                pass
            while self.judging.turn(now):
                pass
        self.parts.store.fold_away()

    def known(self, namespace: str, value: str) -> Any:
        with self.parts.store.snapshot() as snapshot:
            return profile(snapshot, self.parts.log, namespace, value, self.now)

    def bytes_of(self, value: bytes) -> dict[str, int]:
        found = {}
        for path in self.folder.rglob("*"):
            if path.is_file() and (times := path.read_bytes().count(value)):
                found[path.name] = times
        return found


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path / "workspace")
    yield shop
    shop.parts.close()


def planted() -> list[dict[str, Any]]:
    who = {"anonymousId": "a-planted", "userId": "u-planted"}
    traits = {"email": "planted@shop.test", "firstName": "Plantedname"}
    return [
        {"type": "identify", **who, "traits": traits},
        {"event": "Product Viewed", **who, "properties": {"sku": "SKU-PLANTED"}},
        {"event": "Products Searched", **who, "properties": {"query": "planted-word"}},
        {
            "event": "Order Completed",
            **who,
            "properties": {"order_id": "ord-planted", "products": [{"sku": "SKU-PLANTED"}]},
        },
        {"event": "Back In Stock Requested", **who, "properties": {"sku": "SKU-WISHED"}},
        {"event": "Product Added", **who, "properties": {"sku": "SKU-PLANTED", "cart_id": "c-planted"}},
        {
            "event": "Product Viewed",
            "anonymousId": "a-planted",
            "properties": {"sku": 7, "price": "planted-word?"},
        },
    ]


def look(who: str, sku: str, **more: Any) -> dict[str, Any]:
    return {"event": "Product Viewed", "anonymousId": who, "properties": {"sku": sku}, **more}


def test_nothing_of_a_person_is_left_in_any_file_after_fourteen_months(shop: Shop) -> None:
    shop.tell(*planted(), look("a-neighbor", "SKU-OLD"))
    row = DecisionRow("d-planted", START, "a-planted", "u-planted", b"planted-word")
    shop.parts.log.append_now([], [row])
    assert all(shop.bytes_of(value) for value in PLANTED), "the scan can fail"
    shop.now = LATER - 10 * DAY
    shop.tell(look("a-neighbor", "SKU-NEW"))
    assert shop.parts.lake.query("SELECT count(*) AS n FROM event")[0]["n"] == 8
    shop.age(LATER)
    shop.parts.log.append_now([])
    assert {value: shop.bytes_of(value) for value in PLANTED if shop.bytes_of(value)} == {}
    assert (
        shop.known("user_id", "u-planted") is None
        or not shop.known("user_id", "u-planted").shopper.known_events
    )
    rows = shop.parts.lake.query("SELECT anonymous_id FROM event")
    assert [row["anonymous_id"] for row in rows] == ["a-neighbor"]
    counts = shop.parts.log.counts()
    assert (counts["retired_events"], counts["retired_decisions"], counts["retired_rejected"]) == (7, 1, 1)
    assert counts["retired_sealed"] == 7
    assert counts["events_total"] == 8, "totals tell what was collected"


def test_who_comes_back_stays_and_grows_younger(shop: Shop) -> None:
    shop.tell(
        look("a-neighbor", "SKU-OLD"),
        {"type": "identify", "anonymousId": "a-neighbor", "traits": {"plan": "gold"}},
    )
    before = shop.known("anonymous_id", "a-neighbor").profile_id
    shop.now = LATER - 10 * DAY
    shop.tell(look("a-neighbor", "SKU-NEW"))
    shop.age(LATER)
    after = shop.known("anonymous_id", "a-neighbor")
    assert [action.sku for action in after.shopper.activity.actions] == ["SKU-NEW"]
    assert after.profile_id == before
    assert shop.bytes_of(b"SKU-OLD") == {}
    assert shop.bytes_of(b"SKU-NEW")
    shop.tell(look("a-neighbor", "SKU-LAST"))
    assert len(shop.known("anonymous_id", "a-neighbor").shopper.activity.actions) == 2, "folding goes on"


def test_an_objection_outlives_what_was_done_and_ends_at_last(shop: Shop) -> None:
    said = {"objections": {"profiling": True, "direct_marketing": True}}
    shop.tell(*planted(), {"event": "Objection Changed", "userId": "u-planted", "properties": said})
    shop.age(LATER)
    with shop.parts.store.snapshot() as snapshot:
        shopper = load(snapshot, shop.parts.log, user_id="u-planted", trusted=True, now=LATER)
    assert shopper.objected("direct_marketing")
    assert shopper.activity.actions == ()
    for value in PLANTED:
        assert bool(shop.bytes_of(value)) is (value == b"u-planted"), "only whose objection it is"
    shop.age(START + 1_826 * DAY)
    assert shop.bytes_of(b"u-planted") == {}
    assert shop.parts.log.counts()["retired_proofs"] == 1


def test_what_the_shop_itself_published_stays(shop: Shop) -> None:
    product = {"product": {"sku": "SKU-1", "name": "Dress"}}
    event = with_body("Product Published", product, id="p-1", time=START, received=START, origin="internal")
    shop.parts.log.append_now([event])
    shop.tell(look("a-1", "SKU-1"))
    shop.age(LATER)
    assert [left.id for left in shop.parts.log.read(0, 10)] == ["p-1"]
