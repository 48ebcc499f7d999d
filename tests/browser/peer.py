"""The network peer of the browser module: serves pages, answers canned JSON, remembers what it was sent."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

MODULE = Path(__file__).resolve().parents[2] / "src/maatwerk/surfaces/storefront/sdk/maatwerk.js"
PICTURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="400"><rect width="300" height="400"/></svg>'
)


@dataclass
class Call:
    """One request that reached the peer."""

    method: str
    path: str
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> dict[str, Any]:
        """The JSON that was sent."""
        decoded: dict[str, Any] = json.loads(self.text)
        return decoded


@dataclass
class Reply:
    """What the peer answers: after ``delay`` seconds, ``raw`` in place of JSON where it is given."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    raw: bytes | None = None


class Peer(ThreadingHTTPServer):
    """A server on a free port of this machine; ``pages`` are what it serves, ``calls`` what it got."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.pages: dict[str, str] = {}
        self.page_headers: dict[str, str] = {}
        self.calls: list[Call] = []
        self.placements: dict[str, Any] = {}
        self.decide: Callable[[Call], Reply] = self.decided
        self.batch: Callable[[Call], Reply] = lambda call: Reply(body={"success": True, "accepted": 1})
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def decided(self, call: Call) -> Reply:
        """The canned decision."""
        asked = call.body.get("placements") or list(self.placements)
        slots = {name: slot for name, slot in self.placements.items() if name in asked}
        return Reply(body={"decisionId": "d-1", "personal": True, "placements": slots})

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Browsers hang up in the middle; that is no news."""

    def posts(self, path: str) -> list[Call]:
        """What was sent to one route."""
        return [call for call in list(self.calls) if call.method == "POST" and call.path == path]

    def decisions(self) -> list[dict[str, Any]]:
        """The decisions asked."""
        return [call.body for call in self.posts("/v1/decide")]

    def messages(self, name: str = "") -> list[dict[str, Any]]:
        """All messages by either route, those of one name where it is given; resent ones twice."""
        sent = [m for call in self.posts("/v1/decide") for m in call.body.get("events") or []]
        sent += [m for call in self.posts("/v1/batch") for m in call.body["batch"]]
        return [m for m in sent if not name or m.get("event", m["type"]) == name]

    def wait(self, what: Callable[[], Any], seconds: float = 6.0) -> Any:
        """Poll until something is true, and return it; fail after ``seconds``."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := what():
                return found
            time.sleep(0.02)
        sent = [(call.method, call.path) for call in self.calls]
        raise AssertionError(f"waited {seconds} s in vain; requests so far: {sent}")


class Handler(BaseHTTPRequestHandler):
    """Reads a request, remembers it, and answers."""

    protocol_version = "HTTP/1.1"
    server: Peer

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in ("/maatwerk.js", "/maatwerk-consent.js", "/maatwerk-popups.js"):
            self.answer(Reply(raw=MODULE.with_name(path[1:]).read_bytes()), "text/javascript")
        elif path in self.server.pages:
            page = self.server.pages[path].encode()
            self.answer(Reply(raw=page, headers=self.server.page_headers), "text/html; charset=utf-8")
        elif path.endswith(".svg"):
            self.answer(Reply(raw=PICTURE), "image/svg+xml")
        else:
            self.answer(Reply(status=404, raw=b""), "text/plain")

    def do_OPTIONS(self) -> None:
        self.server.calls.append(Call("OPTIONS", self.path, dict(self.headers), ""))
        self.answer(Reply(status=204, raw=b""), "text/plain")

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        call = Call("POST", self.path, {k.lower(): v for k, v in self.headers.items()}, text)
        self.server.calls.append(call)
        reply = self.server.decide(call) if self.path == "/v1/decide" else self.server.batch(call)
        time.sleep(reply.delay)
        self.answer(reply, "application/json")

    def answer(self, reply: Reply, kind: str) -> None:
        body = reply.raw if reply.raw is not None else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-store")
        self.send_header("access-control-allow-origin", self.headers.get("origin", "*"))
        self.send_header("access-control-expose-headers", "Retry-After")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
