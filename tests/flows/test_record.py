"""Recording end to end over a real log: nothing vanishes, nothing counts twice, nothing forbidden is kept."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.surfaces.collect.server import NOW, Peer, props

from maatwerk.events.consent import GRANTED_AT_INIT, Standing
from maatwerk.flows.record import Asked, record, record_blocking
from maatwerk.flows.retry import retry_rejected


def message(**fields: Any) -> bytes:
    return json.dumps({"type": "track", "event": "Lamp Rubbed", "anonymousId": "a-1"} | fields).encode()


@pytest.fixture
def peer(tmp_path: Path) -> Any:
    peer = Peer(tmp_path)
    yield peer
    peer.close()


kinds = st.sampled_from(["good", "again", "bad", "denied", "broken", "nobody"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(kinds, max_size=30))
def test_accepted_duplicates_dropped_and_rejected_are_what_was_sent(peer: Peer, sent: list[str]) -> None:
    make: dict[str, Callable[[], bytes]] = {
        "good": lambda: message(),
        "again": lambda: message(messageId="always the same"),
        "bad": lambda: message(event="Product Viewed"),
        "denied": lambda: message(context={"consent": {"storage": "denied"}}),
        "broken": lambda: b"[1]",
        "nobody": lambda: message(anonymousId=None),
    }
    before = peer.log.counts()
    recorded = asyncio.run(record(peer.recording, [make[kind]() for kind in sent], Asked()))
    total = recorded.accepted + recorded.duplicates + recorded.dropped + len(recorded.rejected)
    assert total == len(sent)
    assert recorded.dropped == sent.count("denied")
    assert [row.index for row in recorded.rejected] == [
        n for n, kind in enumerate(sent) if kind in ("bad", "broken")
    ]
    after = peer.log.counts()
    assert after["events_total"] - before["events_total"] == recorded.accepted
    assert after["rejected_total"] - before["rejected_total"] == len(recorded.rejected)
    assert after.get("no_identity", 0) - before.get("no_identity", 0) == sent.count("nobody")


def test_storage_denied_leaves_no_byte_on_disk(tmp_path: Path) -> None:
    peer = Peer(tmp_path)
    secret = "hush-9f81"
    denied = {"consent": {"storage": "denied"}}
    peer.send(
        {"type": "track", "event": "x", "anonymousId": secret, "context": denied},
        {"type": "track", "event": "Product Viewed", "anonymousId": secret, "context": denied},
        {"type": "track", "event": "y", "anonymousId": "kept"},
    )
    assert peer.log.counts()["dropped_consent"] == 2
    peer.close()
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert any(b"kept" in path.read_bytes() for path in files)
    assert not any(secret.encode() in path.read_bytes() for path in files)


class Stated:
    """A ledger with two entries; notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.empty = False

    def is_empty(self) -> bool:
        return self.empty

    def has_refusals(self) -> bool:
        return False

    def standing(self, anonymous_id: str, user_id: str) -> Standing:
        self.asked.append((anonymous_id, user_id))
        words = {"no-storage": {"storage": False}, "no-reports": {"analytics": False}}
        return Standing(words.get(anonymous_id, {}))


def test_the_ledger_speaks_for_who_is_silent_and_is_asked_once_a_shopper(tmp_path: Path) -> None:
    ledger = Stated()
    peer = Peer(tmp_path, ledger=ledger)
    answer = peer.send(
        *[
            {"type": "track", "event": "x", "anonymousId": who}
            for who in ("no-storage", "no-reports", "new") * 3
        ]
    )
    assert (answer["accepted"], answer["dropped"]) == (6, 3)
    assert sorted(event.flags for event in peer.events()) == [()] * 3 + [("analytics_denied",)] * 3
    assert len(ledger.asked) == 3
    whole = dict.fromkeys(("storage", "analytics", "personalization", "advertising"), True)
    peer.send({"type": "track", "event": "x", "anonymousId": "no-reports", "context": {"consent": whole}})
    assert peer.last().flags == (), "what the message says itself counts first, and then nobody is asked"
    ledger.empty = True
    peer.send({"type": "track", "event": "x", "anonymousId": "no-storage"})
    assert len(ledger.asked) == 3
    peer.close()


def test_statements_are_counted_so_that_the_ledger_need_not_be_asked_before(peer: Peer) -> None:
    peer.send(
        {"type": "track", "event": "x", "anonymousId": "a", "context": {"consent": {"analytics": True}}}
    )
    assert "consent_stated" not in peer.log.counts()
    peer.send(
        {"type": "track", "event": "x", "anonymousId": "a", "context": {"consent": {"analytics": False}}},
        {
            "type": "track",
            "event": "Consent Changed",
            "anonymousId": "a",
            "properties": {"purposes": {"email": True}},
        },
    )
    assert peer.log.counts()["consent_stated"] == 2


def test_consent_stated_in_a_batch_counts_for_what_follows_in_it(peer: Peer) -> None:
    def change(granted: bool) -> dict[str, Any]:
        purposes = {"personalization": granted}
        return {
            "type": "track",
            "event": "Consent Changed",
            "anonymousId": "a",
            "properties": {"purposes": purposes},
        }

    view = {"type": "track", "event": "x", "anonymousId": "a"}
    peer.send(view, change(False), view, view | {"anonymousId": "b"}, change(True), view)
    flags = [event.flags for event in peer.events() if event.name == "x"]
    assert flags == [(), ("personalization_denied",), (), ()]


def test_the_workspaces_default_holds_where_nobody_spoke(tmp_path: Path) -> None:
    peer = Peer(tmp_path, consent_default=dict(GRANTED_AT_INIT, storage=False))
    answer = peer.send(
        {"type": "track", "event": "x", "anonymousId": "a"},
        {"type": "track", "event": "x", "anonymousId": "a", "context": {"consent": {"storage": "granted"}}},
    )
    assert (answer["accepted"], answer["dropped"]) == (1, 1)
    peer.close()


def test_an_import_is_chunked_can_be_repeated_and_keeps_its_times(peer: Peer) -> None:
    lines = [
        message(
            messageId=f"i-{n}", timestamp="2011-12-01T08:00:00Z", event="Product Viewed" if n == 7 else "x"
        )
        for n in range(25)
    ]
    asked = Asked(proven=True, origin="imported")
    first = list(record_blocking(peer.recording, iter(lines), asked, chunk=10))
    assert [(part.accepted, len(part.rejected)) for part in first] == [(9, 1), (10, 0), (5, 0)]
    assert first[0].rejected[0].index == 7
    again = list(record_blocking(peer.recording, lines, asked, chunk=10))
    assert [(part.accepted, part.duplicates) for part in again] == [(0, 9), (0, 10), (0, 5)]
    event = peer.events()[0]
    assert (event.time, event.origin, event.flags) == (1_322_726_400_000, "imported", ())


def test_a_rejected_message_is_accepted_once_it_is_mended(peer: Peer) -> None:
    """The fix here is a setting: the workspace's currency has three decimals."""
    bad = {
        "type": "track",
        "event": "Product Viewed",
        "anonymousId": "a",
        "timestamp": "2026-11-22T11:00:00Z",
    }
    priced = bad | {"properties": {"sku": "s", "price": "1.999"}}
    peer.send(bad, priced, sentAt="2026-11-22T11:30:00Z")
    peer.now = NOW + 60_000
    nothing = asyncio.run(retry_rejected(peer.recording))
    assert (nothing.accepted, [row.code for row in nothing.rejected]) == (
        0,
        ["product_not_named", "price_too_precise"],
    )

    dinars = replace(peer.recording, currency="KWD")  # three decimals
    ids = [row.id for row in peer.log.rejected()]
    done = asyncio.run(retry_rejected(dinars, [*ids, 99]))
    assert (done.accepted, done.unknown, [row.id for row in done.rejected]) == (1, [99], ids[:1])
    event = peer.last()
    assert props(event)["price"] == "1.999"
    assert event.received == NOW, "as of when it was received"
    assert event.time == NOW - 30 * 60_000, "corrected by the batch's sentAt, which was kept with it"
    assert [row.id for row in peer.log.rejected()] == ids[:1]
