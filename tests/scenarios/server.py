"""A real `maatwerk serve` for scenarios: processes of its own, on a free port, in a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

WRITE, SECRET = "wk_scenario", "sk_scenario_" + "0" * 24
WEB = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0), timeout=20)
"""Asks each time on a connection of its own, so that any worker may take it. One for all: to make a client
costs more CPU than a dozen requests."""


class Server:
    """Started, stopped and killed at will; the folder stays.

    It trains only when asked (`train`), unless ``train_every_seconds`` is given: a training takes seconds.
    """

    def __init__(self, folder: Path, *, workers: int = 2, **settings: str) -> None:
        self.folder = folder
        self.workers = workers
        self.output = folder.with_name(folder.name + ".output")
        """What the processes say, all in one file."""
        settings = {"train_every_seconds": "0"} | settings
        self._settings = {f"MAATWERK_{name.upper()}": value for name, value in settings.items()}
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> float:
        """Start and wait until ready; answers the seconds that took."""
        began = time.monotonic()
        self.launch()
        assert self._process is not None
        while time.monotonic() - began < 60:
            assert self._process.poll() is None, f"the server ended by itself: {self.said()}"
            try:
                if WEB.get(f"{self.url}/readyz", timeout=1).status_code == 200:
                    return time.monotonic() - began
            except httpx.HTTPError:
                time.sleep(0.05)
        raise AssertionError("the server was not ready within 60 s")

    def launch(self) -> None:
        """Start, and do not wait."""
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "maatwerk", "serve", "--data", str(self.folder)),
                    *("--port", str(self.port), "--workers", str(self.workers)),
                ],
                env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
                | {"MAATWERK_WRITE_KEY": WRITE, "MAATWERK_SECRET_KEY": SECRET, "COLUMNS": "1000"}
                | self._settings,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The parent."""
        assert self._process is not None
        return self._process

    def said(self) -> str:
        """The last of what the processes said."""
        return self.output.read_text(errors="replace")[-20_000:]

    def children(self, role: str = "") -> dict[str, int]:
        """Process ids of the children by role (``worker-0``, ``background``, ``train``)."""
        found = {}
        for folder in Path("/proc").iterdir():
            try:
                words = (folder / "cmdline").read_bytes().decode().split("\0")
            except (OSError, NotADirectoryError):
                continue
            if "maatwerk.app" in words and str(self.folder) in words:
                name = words[words.index("maatwerk.app") + 1]
                if name.startswith(role):
                    found[name] = int(folder.name)
        return found

    def kill(self) -> None:
        """kill -9 the parent; its children must follow by themselves."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """SIGTERM, and wait."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)

    def post(self, path: str, body: Any, *, secret: bool = False, status: int = 200) -> Any:
        """POST JSON on a connection of its own (so that any worker may take it); the decoded answer."""
        answer = WEB.post(self.url + path, json=body, auth=(SECRET if secret else WRITE, ""))
        assert answer.status_code == status, answer.text
        return answer.json()

    def call(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """Any method with the secret key."""
        answer = WEB.request(method, self.url + path, json=body, auth=(SECRET, ""))
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def call_lines(self, path: str) -> list[Any]:
        """GET newline-delimited JSON with the secret key."""
        answer = WEB.get(self.url + path, auth=(SECRET, ""), timeout=60)
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines() if line.strip()]

    def await_folded(self) -> None:
        """Until the projector has folded everything."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if self.call("GET", "/v1/admin/stats")["lag_events"] == 0:
                return
            time.sleep(0.05)
        raise AssertionError("the projector did not catch up within 30 s")

    def settled_stats(self) -> Any:
        """The totals once nothing more trickles in: decisions are written a moment after the answer."""
        before = None
        for _ in range(100):
            stats = self.call("GET", "/v1/admin/stats")
            totals = {name: value for name, value in stats.items() if name.endswith("_total")}
            if totals == before:
                return stats
            before = totals
            time.sleep(0.3)
        raise AssertionError("the totals never settled")
