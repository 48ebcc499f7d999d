"""Webhooks: signed as the specification says, and never into one's own network."""

from __future__ import annotations

import hmac
import threading
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from maatwerk.core.errors import Refused
from maatwerk.effects.channels.webhook import (
    NeverTold,
    NotTold,
    endpoint_of,
    headers,
    is_public,
    post,
)

KEY = b"k" * 32


@pytest.fixture
def receiver() -> Iterator[Any]:
    """A receiver on this machine that answers what its list says, and keeps what it got."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            server.got.append((dict(self.headers), body))
            status = server.statuses.pop(0)
            self.send_response(status)
            if status == 302:
                self.send_header("location", "http://169.254.169.254/")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server: Any = HTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.statuses = [], []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_signed_as_the_specification_says(receiver: Any) -> None:
    """The receiver checks the signature over id, timestamp and body with the shared secret."""
    port = receiver.server_port
    endpoint = endpoint_of(f"http://127.0.0.1:{port}/hook?x=1#email,user_id")
    assert endpoint.namespaces == ("email", "user_id")
    receiver.statuses += [204]
    post(endpoint, b'{"a":1}', headers("er-1", 1_700_000_000, b'{"a":1}', KEY), (f"127.0.0.1:{port}",))
    got, body = receiver.got[0]
    signed = f"{got['webhook-id']}.{got['webhook-timestamp']}.".encode() + body
    assert got["webhook-signature"] == "v1," + b64encode(hmac.new(KEY, signed, sha256).digest()).decode()


def test_what_is_tried_again_and_what_is_not(receiver: Any) -> None:
    """503 is for later; 410 and a redirect, wherever it leads, are for never."""
    port = receiver.server_port
    endpoint, allowed = endpoint_of(f"http://127.0.0.1:{port}/"), (f"127.0.0.1:{port}",)
    for status, error in ((503, NotTold), (410, NeverTold), (302, NeverTold)):
        receiver.statuses += [status]
        with pytest.raises(error):
            post(endpoint, b"{}", {}, allowed)
    assert len(receiver.got) == 3


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/",
        "https://example.com:8443/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://localhost/",
        "https://0x7f000001/",
    ],
)
def test_never_into_ones_own_network(address: str) -> None:
    """Nothing is sent; a name that leads inside is as good as its address."""
    with pytest.raises((NeverTold, NotTold)):
        post(endpoint_of(address), b"{}", {})


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("fe80::1", False),
        ("2001:4860:4860::8888", True),
    ],
)
def test_what_is_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize("address", ["ftp://x/", "https://", "https://u:p@h/", "https://h/#name"])
def test_what_is_no_endpoint(address: str) -> None:
    with pytest.raises(Refused):
        endpoint_of(address)
