"""Erasing without a server: whom it takes along, what it leaves, and from where it is taken up again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.scenarios.remains import remains

from maatwerk.app.background import seal
from maatwerk.app.backups import ERASURES, back_up, newer_erasures, persons_of
from maatwerk.app.backups import restore as copy_back
from maatwerk.app.erasing import asking
from maatwerk.app.parts import Parts, open_parts
from maatwerk.app.starting import make_workspace
from maatwerk.app.training import QUICK, train_workspace
from maatwerk.cli.erase import finish
from maatwerk.core.errors import Refused, Unavailable
from maatwerk.flows import erase as flow
from maatwerk.flows.put_products import put_products_blocking
from maatwerk.flows.record import Asked, record_blocking
from maatwerk.views.profile.closure import closure
from maatwerk.views.profile.find import profile

SKUS = [f"sku-{number}" for number in range(6)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_workspace(tmp_path / "workspace")
    return tmp_path / "workspace"


@pytest.fixture
def parts(folder: Path) -> Iterator[Parts]:
    opened = open_parts(folder, projects=True)
    opened.projector().prepare()
    yield opened
    opened.close()


def say(parts: Parts, *messages: dict[str, Any], origin: str = "collected") -> list[Any]:
    """Record, and fold; the rejections."""
    raw = [msgspec.json.encode({"messageId": os.urandom(8).hex()} | each) for each in messages]
    done = list(record_blocking(parts.recording, raw, Asked(proven=True, origin=origin)))
    fold(parts)
    return [why for each in done for why in each.rejected]


def fold(parts: Parts) -> None:
    projector = parts.projector()
    while projector.run_once():
        pass


def seen(device: str, sku: str, user: str = "", **more: Any) -> dict[str, Any]:
    named = {"userId": user} if user else {}
    track = {"type": "track", "event": "Product Viewed", "anonymousId": device, "properties": {"sku": sku}}
    return track | named | more


def identify(device: str, user: str, **traits: Any) -> dict[str, Any]:
    return {"type": "identify", "anonymousId": device, "userId": user, "traits": traits}


def erase(parts: Parts, namespace: str, value: str) -> flow.Receipt:
    return finish(parts, flow.ask(asking(parts), namespace, value, "test"))


def found(parts: Parts, namespace: str, value: str) -> Any:
    with parts.store.snapshot() as snapshot:
        return profile(snapshot, parts.log, namespace, value, parts.clock())


def test_a_device_that_others_use_too_keeps_what_is_theirs(parts: Parts, folder: Path) -> None:
    """Her stretches go; the other's answers stay byte for byte, and so does the device's name."""
    say(parts, identify("shared-device-1", "user-anna", email="anna@ex.example"))
    say(parts, seen("shared-device-1", SKUS[0]))
    say(parts, identify("shared-device-1", "user-bert", email="bert@ex.example"))
    say(parts, seen("shared-device-1", SKUS[1]))
    before = msgspec.json.encode(found(parts, "user_id", "user-bert").identifiers)
    receipt = erase(parts, "user_id", "user-anna")
    assert found(parts, "user_id", "user-anna") is None
    assert found(parts, "email", "anna@ex.example") is None
    after = found(parts, "user_id", "user-bert")
    assert msgspec.json.encode(after.identifiers) == before
    assert [each.sku for each in after.shopper.activity.actions] == [SKUS[1]]
    assert remains(folder, ["user-anna", "anna@ex.example"]) == []
    assert receipt.identifiers == {"user_id": 1, "anonymous_id": 1, "email": 1, "phone": 0}


def test_an_erased_device_that_is_seen_again_starts_empty(parts: Parts) -> None:
    """Scenario ID21; what happens while the erasure is at work counts as afterwards."""
    say(parts, identify("a1-device", "u1-person", email="x@ex.example"), seen("a1-device", SKUS[0]))
    request_id = flow.ask(asking(parts), "user_id", "u1-person", "test")
    later = {"timestamp": "2999-01-01T00:00:00Z"}  # clamped to now, which is after the request
    say(parts, seen("a1-device", SKUS[1], **later))
    receipt = finish(parts, request_id)
    assert receipt.seen_again == 1
    assert found(parts, "user_id", "u1-person") is None
    person = found(parts, "anonymous_id", "a1-device")
    assert person.identifiers == {"anonymous_id": ["a1-device"]}
    assert [each.sku for each in person.shopper.activity.actions] == [SKUS[1]]


def test_what_happened_before_stays_out(parts: Parts) -> None:
    """From the web, and from a file that does not say when; by user, device and address."""
    say(parts, identify("d-before-1", "u-before-1", email="before@ex.example"))
    erase(parts, "email", "before@ex.example")
    old = {"timestamp": "2026-01-01T00:00:00Z"}
    codes = [
        say(parts, seen("d-before-1", SKUS[0], **old)),
        say(parts, seen("other-device", SKUS[0], "u-before-1", **old)),
        say(parts, identify("", "u-before-1", email="x@y.example"), origin="imported"),
        say(parts, identify("", "u-new-1", email="before@ex.example"), origin="imported"),
    ]
    assert [[why.code for why in each] for each in codes] == [["erased"]] * 4
    assert say(parts, seen("d-before-2", SKUS[0], **old)) == []
    assert parts.log.counts()["refused_erased"] == 4
    fold(parts)
    assert found(parts, "user_id", "u-before-1") is None


def test_identifiers_that_a_limit_dropped_go_as_well(parts: Parts, folder: Path) -> None:
    """More devices than a profile keeps: each is found from her own events."""
    devices = [f"many-device-{number:04d}" for number in range(520)]
    say(parts, *(identify(device, "user-of-many") for device in devices))
    with parts.store.snapshot() as snapshot:
        gone = closure(snapshot, parts.log, "user_id", "user-of-many", parts.clock())
    assert gone is not None
    assert set(gone.anonymous_ids) == set(devices)


@pytest.mark.prove
def test_another_persons_event_loses_her_name_alone(parts: Parts, folder: Path) -> None:
    """A gift with her address in it is still his order."""
    say(parts, identify("d-gift-1", "u-gift-1", email="gift-for@ex.example"))
    order = {
        "type": "track", "event": "Order Completed", "userId": "u-giver-1",
        "properties": {"order_id": "o-1", "note": "for gift-for@ex.example", "products": [{"sku": SKUS[0]}]},
    }  # fmt: skip
    say(parts, order)
    receipt = erase(parts, "user_id", "u-gift-1")
    assert next(each for each in receipt.cleared if each.store == "log").changed == 1
    assert found(parts, "user_id", "u-giver-1").shopper.orders is not None
    assert remains(folder, ["gift-for@ex.example", "u-gift-1"]) == []


@pytest.mark.prove
@pytest.mark.parametrize("step", ["forget_log", "forget_rest"])
def test_a_crash_in_the_middle_costs_a_repetition(
    parts: Parts, folder: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fails at a step, after it did its work; what is taken up again ends the same."""
    say(parts, identify("d-crash-1", "u-crash-1", email="crash@ex.example"), seen("d-crash-1", SKUS[0]))
    request_id = flow.ask(asking(parts), "user_id", "u-crash-1", "test")
    right = getattr(flow, step)

    def broken(*given: Any) -> None:
        kept = flow.pending(parts.records)[0]
        right(*given)
        flow.keep(parts.records, kept)  # as if the last word had not been written
        raise Unavailable("the disk is gone")

    monkeypatch.setattr(flow, step, broken)
    with pytest.raises(Unavailable):
        finish(parts, request_id)
    monkeypatch.undo()
    assert finish(parts, request_id).rounds >= 1
    assert remains(folder, ["d-crash-1", "u-crash-1", "crash@ex.example"]) == []
    assert flow.pending(parts.records) == []


@pytest.mark.prove
def test_a_backup_does_not_bring_her_back(parts: Parts, folder: Path, tmp_path: Path) -> None:
    """Made before, restored after: her past is found by keyed hash alone, and goes again."""
    say(parts, identify("d-back-1", "u-back-1", email="back@ex.example"), seen("d-back-1", SKUS[0]))
    say(parts, identify("d-stays-1", "u-stays-1"), seen("d-stays-1", SKUS[0]))
    made = back_up(parts, tmp_path / "backups")
    receipt = erase(parts, "user_id", "u-back-1")
    assert len(receipt.backups) == 1
    again = tmp_path / "again"
    copy_back(Path(made.path), again)
    restored = open_parts(again, projects=True)
    try:
        fold(restored)
        assert found(restored, "user_id", "u-back-1") is not None
        entries = newer_erasures(restored, [tmp_path / "backups" / ERASURES])
        for entry, gone in persons_of(restored, entries):
            request_id = flow.begin(asking(restored), gone, "restore", f"{entry.request_id}-restored")
            finish(restored, request_id)
        assert found(restored, "user_id", "u-back-1") is None
        assert found(restored, "user_id", "u-stays-1") is not None
    finally:
        restored.close()
    assert remains(again, ["d-back-1", "u-back-1", "back@ex.example"]) == []
    with pytest.raises(Refused):
        back_up(parts, folder / "inside")


@pytest.mark.prove
def test_training_afterwards_never_saw_her(tmp_path: Path) -> None:
    """Train, erase, train with the same seed: as in a shop in which she never was."""
    arrays = []
    for with_her in (True, False):
        folder = tmp_path / str(with_her)
        make_workspace(folder)
        opened = open_parts(folder, projects=True)
        opened.projector().prepare()
        products = [
            {
                "sku": sku,
                "name": sku,
                "price": "9",
                "currency": "EUR",
                "categories": ["women/tops"],
                "stock": 5,
            }
            for sku in SKUS
        ]
        list(put_products_blocking(opened.recording, map(msgspec.Raw, map(msgspec.json.encode, products))))
        for number in range(40):
            minutes = {"timestamp": f"2026-05-01T{8 + number // 10:02d}:{number % 10 * 6:02d}:00Z"}
            who = f"shopper-{number:02d}"
            path = [SKUS[(number + place) % (3 + number % 3)] for place in range(6)]
            say(opened, *(seen(who, sku, **minutes) for sku in path))
            if with_her and number == 20:
                say(opened, *(seen("wilma-1", sku, **minutes) for sku in SKUS))
        seal(opened)
        if with_her:
            train_workspace(opened, settings=QUICK)
            erase(opened, "anonymous_id", "wilma-1")
        train_workspace(opened, settings=QUICK)
        current = opened.models.versions()
        arrays.append({name: opened.models.read(name, version) for name, version in current.items()})
        if with_her:
            kept = [path for path in (folder / "models").glob("*/*") if path.is_dir()]
            kept = [path for path in kept if path.parent.name not in ("alike", "meaning")]  # of the catalog
            assert all(b'"erasures":1' in (path / "facts.json").read_bytes() for path in kept)
        opened.close()
    one, other = arrays
    assert one.keys() == other.keys()
    for name in ("popularity", "viewed-viewed", "neighbors"):
        assert one[name].skus == other[name].skus
        for key, array in one[name].arrays.items():
            assert np.array_equal(array, other[name].arrays[key]), f"{name}/{key}"
