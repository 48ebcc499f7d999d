"""Load: batches with ids of their own, by `wrk` where it is installed, else by sockets of our own."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import msgspec

from maatwerk.cli.bench.servers import authorization
from maatwerk.core.errors import Unavailable

_EVENT = (
    '{"type":"track","event":"Product Viewed","messageId":"@ID@","anonymousId":"a-@WHO@",'
    '"timestamp":"2026-01-01T00:00:00.000Z","context":{"library":{"name":"bench"},"locale":"nl-NL"},'
    '"properties":{"sku":"WS@WHO@","name":"Radiant Tee","brand":"Luma","category":"women/tops","price":32.5,'
    '"currency":"EUR"}}'
)
_SENT = "2026-01-01T00:00:00.000Z"  # sent when it happened: the server's clock is what counts
_SHOPPERS = 5_000

_LUA = """
local threads = 0
function setup(thread) thread:set("number", threads); threads = threads + 1 end
local count = 0
local head, who, middle, tail = [==[HEAD]==], [==[WHO]==], [==[MIDDLE]==], [==[TAIL]==]
wrk.method = "POST"
wrk.headers["Authorization"] = "AUTH"
wrk.headers["Content-Type"] = "application/json"
function request()
  count = count + 1
  local parts = {}
  for place = 1, BATCH do
    local shopper = (count * BATCH + place) % SHOPPERS
    local id = "RUN-" .. number .. "-" .. count .. "-" .. place
    parts[place] = head .. id .. who .. shopper .. middle .. shopper .. tail
  end
  return wrk.format(nil, nil, nil, '{"sentAt":"SENT","batch":[' .. table.concat(parts, ",") .. "]}")
end
function done(summary, latency, requests)
  io.write(string.format(
    '\\n{"requests":%d,"duration_us":%d,"refused":%d,"broken":%d,"p50":%.1f,"p90":%.1f,"p99":%.1f}\\n',
    summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(90), latency:percentile(99)))
end
"""


class Load(msgspec.Struct, frozen=True):
    """What came of a load. Times in milliseconds."""

    requests: int
    seconds: float
    refused: int
    broken: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    tool: str

    @property
    def answered(self) -> int:
        """Requests that were answered 2xx."""
        return self.requests - self.refused


class Plan(msgspec.Struct, frozen=True):
    """How to load: for how long, over how many connections, how many events in a request."""

    seconds: int
    connections: int
    batch: int
    run: str
    write_key: str
    threads: int = 2


def load(address: str, plan: Plan) -> Load:
    """Load an address's ``/v1/batch`` as fast as it answers. Raises `Unavailable` where nothing answers."""
    url = f"{address}/v1/batch"
    return _by_wrk(url, plan) if shutil.which("wrk") else asyncio.run(_by_sockets(url, plan))


def body_of(plan: Plan, thread: int, count: int) -> bytes:
    """One request's body, as the Lua script writes it too."""
    events = (
        _EVENT.replace("@ID@", f"{plan.run}-{thread}-{count}-{place}").replace(
            "@WHO@", str((count * plan.batch + place) % _SHOPPERS)
        )
        for place in range(1, plan.batch + 1)
    )
    return f'{{"sentAt":"{_SENT}","batch":[{",".join(events)}]}}'.encode()


def _by_wrk(url: str, plan: Plan) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "batch.lua"
        script.write_text(_script(plan), encoding="utf-8")
        threads = min(plan.threads, plan.connections)
        command = [
            "wrk", f"-t{threads}", f"-c{plan.connections}", f"-d{plan.seconds}s", "--timeout", "30s",
            "-s", str(script), url,
        ]  # fmt: skip
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line for line in ran.stdout.splitlines() if line.startswith("{")]
    if ran.returncode or not lines:
        raise Unavailable(f"wrk failed: {(ran.stderr or ran.stdout)[-300:]}")
    said = json.loads(lines[-1])
    if not said["requests"]:
        raise Unavailable("no request was answered")
    return Load(
        requests=said["requests"],
        seconds=said["duration_us"] / 1e6,
        refused=said["refused"],
        broken=said["broken"],
        p50_ms=said["p50"] / 1000,
        p90_ms=said["p90"] / 1000,
        p99_ms=said["p99"] / 1000,
        tool="wrk",
    )


def _script(plan: Plan) -> str:
    head, rest = _EVENT.split("@ID@")
    who, middle, tail = rest.split("@WHO@")
    values = {
        "HEAD": head, "WHO": who, "MIDDLE": middle, "TAIL": tail, "AUTH": authorization(plan.write_key),
        "SHOPPERS": str(_SHOPPERS), "BATCH": str(plan.batch), "RUN": plan.run, "SENT": _SENT,
    }  # fmt: skip
    script = _LUA
    for name, value in values.items():
        script = script.replace(name, value)
    return script


async def _by_sockets(url: str, plan: Plan) -> Load:
    host, port = url.split("/")[2].split(":")
    deadline = time.perf_counter() + plan.seconds
    began = time.perf_counter()
    work = (_connection(host, int(port), plan, number, deadline) for number in range(plan.connections))
    done = await asyncio.gather(*work)
    times = sorted(seconds for taken, _, _ in done for seconds in taken)
    if not times:
        raise Unavailable("no request was answered")
    return Load(
        requests=len(times),
        seconds=time.perf_counter() - began,
        refused=sum(refused for _, refused, _ in done),
        broken=sum(broken for _, _, broken in done),
        p50_ms=times[len(times) // 2] * 1000,
        p90_ms=times[int(len(times) * 0.9)] * 1000,
        p99_ms=times[int(len(times) * 0.99)] * 1000,
        tool="sockets",
    )


async def _connection(
    host: str, port: int, plan: Plan, number: int, deadline: float
) -> tuple[list[float], int, int]:
    times: list[float] = []
    refused = broken = count = 0
    reader, writer = await asyncio.open_connection(host, port)
    head = (
        f"POST /v1/batch HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization(plan.write_key)}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode()
    try:
        while time.perf_counter() < deadline:
            count += 1
            body = body_of(plan, number, count)
            began = time.perf_counter()
            writer.write(head + str(len(body)).encode() + b"\r\n\r\n" + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = next(
                line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length")
            )
            await reader.readexactly(int(length.split(b":")[1]))
            times.append(time.perf_counter() - began)
            refused += answer[9:10] != b"2"
    except (OSError, asyncio.IncompleteReadError):
        broken += 1
    finally:
        writer.close()
    return times, refused, broken
