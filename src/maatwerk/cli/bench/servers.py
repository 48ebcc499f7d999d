"""Servers of a measurement: a real `maatwerk serve` on a workspace of its own, and the empty echo."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from maatwerk.core.errors import Unavailable

WRITE_KEY, SECRET_KEY = "wk_bench", "sk_bench_" + "0" * 32
_START_SECONDS = 90
_STOP_SECONDS = 20


@contextmanager
def maatwerk(folder: Path, workers: int) -> Iterator[str]:
    """`maatwerk serve` over a folder; yields its address once it is ready."""
    port = _free_port()
    command = [
        sys.executable, "-m", "maatwerk", "serve", "--data", str(folder), "--port", str(port),
        "--workers", str(workers),
    ]  # fmt: skip
    keys = {"MAATWERK_WRITE_KEY": WRITE_KEY, "MAATWERK_SECRET_KEY": SECRET_KEY}
    with _running(command, os.environ | keys, f"http://127.0.0.1:{port}", "/readyz") as address:
        yield address


@contextmanager
def echo(workers: int) -> Iterator[str]:
    """The empty echo with as many workers."""
    port = _free_port()
    command = [
        sys.executable, "-m", "uvicorn", "maatwerk.cli.bench.echo:app", "--host", "127.0.0.1",
        "--port", str(port), "--workers", str(workers), "--lifespan", "off", "--no-access-log",
        "--log-level", "warning",
    ]  # fmt: skip
    with _running(command, os.environ, f"http://127.0.0.1:{port}", "/") as address:
        yield address


def authorization(key: str) -> str:
    """The ``Authorization`` header of a key."""
    return "Basic " + b64encode(f"{key}:".encode()).decode()


def stats(address: str, secret_key: str) -> dict[str, Any]:
    """`/v1/admin/stats` of a server."""
    request = urllib.request.Request(
        f"{address}/v1/admin/stats", headers={"Authorization": authorization(secret_key)}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


@contextmanager
def _running(command: list[str], environment: Mapping[str, str], address: str, path: str) -> Iterator[str]:
    process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL)
    try:
        _wait(process, address + path)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Unavailable(f"the server ended with exit code {process.returncode}")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise Unavailable(f"the server did not answer within {_START_SECONDS} seconds")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
