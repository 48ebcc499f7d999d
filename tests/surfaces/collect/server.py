"""A whole collect surface over a real log, called in process or served by uvicorn in a thread."""

import asyncio
import hmac
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import msgspec
import uvicorn

from maatwerk.engines.sqlite.log import SqliteLog
from maatwerk.engines.uaparser.device import Devices
from maatwerk.flows.record import Recording
from maatwerk.surfaces.admin import add_admin
from maatwerk.surfaces.collect.segment import Segment
from maatwerk.surfaces.http.counters import Counters
from maatwerk.surfaces.http.health import add_health
from maatwerk.surfaces.http.keys import KeyKind
from maatwerk.surfaces.http.protocol import GuardedProtocol
from maatwerk.surfaces.http.routes import Routes

WRITE, SECRET = "wk_test", "sk_test"
SIGNING = hmac.new(SECRET.encode(), b"maatwerk/user-signature/v1", sha256).hexdigest()
NOW = 1_795_348_800_000  # 2026-11-22T12:00:00Z


class TwoKeys:
    """One write key and one secret key."""

    def check(self, key: str) -> KeyKind | None:
        return "write" if key == WRITE else "secret" if key == SECRET else None

    def signed(self, user_id: str, signature: str) -> bool:
        return hmac.compare_digest(sign(user_id), signature)


def sign(user_id: str) -> str:
    """The userSignature that a shop's server makes."""
    return hmac.new(SIGNING.encode(), user_id.encode(), sha256).hexdigest()


class Peer:
    """The surface and its log; requests are made as an HTTP client would, without a network."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.now = NOW
        self.log = SqliteLog(folder / "log.db", clock=lambda: self.now)
        self.log.start()
        self.recording = replace(
            Recording(
                log=self.log,
                clock=lambda: self.now,
                chance=os.urandom,
                device_of=Devices(),
                signed=TwoKeys().signed,
            ),
            **changes,
        )
        self.counters = Counters()
        self.routes = Routes(TwoKeys(), counters=self.counters)
        Segment().add_routes(self.routes, self.recording)
        add_admin(self.routes, self.recording)
        add_health(self.routes, self.counters, list)

    def close(self) -> None:
        self.log.close()

    def ask(self, method: str, path: str, key: str = WRITE, **options: Any) -> httpx.Response:
        """One request; ``key`` as a Basic user name unless empty."""
        auth = httpx.BasicAuth(key, "") if key else None

        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.routes)
            async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
                return await client.request(method, path, auth=auth, **options)

        return asyncio.run(go())

    def send(self, *messages: dict[str, Any], **outer: Any) -> dict[str, Any]:
        """A batch with the write key; its answer."""
        key = outer.pop("key", WRITE)
        headers = outer.pop("headers", {})
        response = self.ask(
            "POST", "/v1/batch", key, json={"batch": list(messages), **outer}, headers=headers
        )
        assert response.status_code in (200, 400, 413), response.text
        answer: dict[str, Any] = response.json()
        return answer

    def events(self) -> list[Any]:
        """Everything in the log."""
        return self.log.read(0, 10_000)

    def last(self) -> Any:
        """The newest event."""
        return self.events()[-1]


def props(event: Any) -> dict[str, Any]:
    """An event's properties."""
    decoded: dict[str, Any] = msgspec.json.decode(event.properties)
    return decoded


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an ASGI application on a free port of this machine; yields its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_level="warning", lifespan="off", http=GuardedProtocol, ws="none", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
