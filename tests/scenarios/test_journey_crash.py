"""kill -9 while journey mails are due, and a mail server that drops the line after it took one.

Marketing goes out at most once: who has no mail has an entry in the ledger that says why. Two kills always;
one every three seconds over two thousand mails with `make prove` (trust goal G11).
"""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from tests.flows.mailing import free_port
from tests.scenarios.server import Server

_ID = re.compile(rb"^Message-ID: <([^>]+)>", re.M | re.I)
_TO = re.compile(rb"^To: (\S+)", re.M)
_HEADERS = (b"List-Unsubscribe:", b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", b"Message-ID:")
_ENDS = ("Message Sent", "Message Suppressed")


class Sink:
    """Takes everything; drops the line after every ``drop``-th mail it took."""

    def __init__(self, drop: int) -> None:
        self.taken: list[bytes] = []
        self._drop = drop

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append(envelope.content)
        if len(self.taken) % self._drop == 0:
            server.transport.abort()
        return "250 taken"


@pytest.mark.parametrize(
    ("mails", "kills", "seconds"),
    [(40, 2, 2.0), pytest.param(2_000, 10_000, 3.0, marks=pytest.mark.prove)],
    ids=["short", "2000"],
)
@pytest.mark.prove
def test_killed_while_mails_are_due(tmp_path: Path, mails: int, kills: int, seconds: float) -> None:
    sink = Sink(drop=20 if mails < 100 else 100)
    port = free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    server = Server(
        tmp_path / "shop",
        workers=1,
        smtp_url=f"smtp://127.0.0.1:{port}",
        mail_from="Linnet <hello@shop.example>",
        mail_address="Dorpsstraat 1, Utrecht",
        public_url="https://personal.shop.example",
        shop_url="https://shop.example",
    )
    try:
        server.start()
        forbidden = _due(server, mails)
        killed = 0
        until = time.monotonic() + 60 + mails / 2
        while time.monotonic() < until and not _settled(server, mails - (killed if mails < 100 else 0)):
            if killed < kills:
                time.sleep(seconds)
                server.kill()
                server.start()
                killed += 1
        said = Counter(
            (event["name"], event.get("properties", {}).get("code", ""))
            for event in server.call_lines("/v1/admin/events?origin=internal")
            if event["name"].startswith("Message ")
        )
    finally:
        server.stop()
        controller.stop()
    to = [found.group(1).decode() for mail in sink.taken if (found := _TO.search(mail))]
    ids = [found.group(1) for mail in sink.taken if (found := _ID.search(mail))]
    missing = {f"s{number}@ex.example" for number in range(mails)} - set(to)
    # What was in hand at a kill is settled as ambiguous once its lease of five minutes is over.
    in_hand = mails + 2 - sum(number for (name, _), number in said.items() if name in _ENDS)
    doubtful = said["Message Suppressed", "ambiguous"] + in_hand
    print(
        f"{mails} due, {killed} kills: {len(missing)} missing, {len(ids) - len(set(ids))} twice, {dict(said)}"
    )
    assert len(ids) - len(set(ids)) <= mails // 1000, "none twice"
    assert not set(to) & forbidden
    assert len(missing) <= doubtful, "who has no mail has a reason in the ledger"
    assert said["Message Queued", ""] == mails
    assert 0 <= in_hand <= killed
    assert said["Message Sent", ""] + doubtful == mails
    for mail in sink.taken:
        assert all(header in mail for header in _HEADERS)


def _due(server: Server, mails: int) -> set[str]:
    """So many carts that are due in some seconds, and some that must not be written of; their addresses."""
    product = {"sku": "A", "name": "Dress", "price": "59.00", "currency": "EUR", "stock": 5, "url": "/p/A"}
    gone = product | {"sku": "GONE", "stock": 0}
    server.call("PUT", "/v1/catalog/products", {"products": [product, gone]})
    server.call("PUT", "/v1/rules/journey/abandoned-cart", {"enabled": True, "waits": {"quiet": "4s"}})
    server.await_folded()
    everybody = [(f"a-{number}", f"s{number}@ex.example", "A", True) for number in range(mails)]
    everybody += [("a-no", "no@ex.example", "A", False), ("a-gone", "gone@ex.example", "GONE", True)]
    for start in range(0, len(everybody), 200):
        batch: list[dict[str, Any]] = []
        for who, email, sku, agrees in everybody[start : start + 200]:
            batch += [
                {"type": "identify", "anonymousId": who, "traits": {"email": email}},
                {
                    "type": "track",
                    "event": "Consent Changed",
                    "anonymousId": who,
                    "properties": {"purposes": {"email": agrees}, "source": "form"},
                },
                {
                    "type": "track",
                    "event": "Product Added",
                    "anonymousId": who,
                    "properties": {"sku": sku, "cart_id": f"c-{who}", "quantity": 1, "price": 59},
                },
            ]
        server.post("/v1/batch", {"batch": batch}, secret=True)
    return {"no@ex.example", "gone@ex.example"}


def _settled(server: Server, mails: int) -> bool:
    """Whether every mail is sent or said not to be."""
    names = Counter(event["name"] for event in server.call_lines("/v1/admin/events?origin=internal"))
    return names["Message Sent"] + names["Message Suppressed"] >= mails + 2
