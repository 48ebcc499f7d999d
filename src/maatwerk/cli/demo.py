"""`maatwerk demo`: the whole product on a simulated shop, in a browser, with nothing to set up."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import threading
import time
import webbrowser
from pathlib import Path
from typing import Annotated

import httpx
import msgspec
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from maatwerk.app.parts import Parts, open_parts
from maatwerk.app.site import DEMO, MAIL, TRUTH
from maatwerk.app.starting import make_workspace
from maatwerk.app.training import request_training
from maatwerk.cli.output import console, give, refusals, say
from maatwerk.cli.serve import Supervisor, listen
from maatwerk.cli.workspace import Json
from maatwerk.demo import brands
from maatwerk.demo.assortment import GOES_WITH
from maatwerk.demo.catalog import catalog
from maatwerk.demo.content import CONTENT
from maatwerk.demo.history import history
from maatwerk.demo.live import LiveTraffic
from maatwerk.demo.mail import Catcher
from maatwerk.demo.offers import OFFERS
from maatwerk.demo.shoppers import shoppers
from maatwerk.demo.units import UNITS
from maatwerk.demo.world import World
from maatwerk.engines.files.workspace import Workspace, write_whole
from maatwerk.flows.publish import Document, Wanted, publish
from maatwerk.flows.put_products import put_products_blocking
from maatwerk.flows.record import Asked, record_blocking

SETTINGS = """\
# The simulated shop of `maatwerk demo`.
name = "{name}"
currency = "EUR"
timezone = "Europe/Amsterdam"
holdout_share = 0.1
navigation = ["women", "men", "home"]
train_every_seconds = 60
seal_every_seconds = 15
cart_url = "/shop/cart"
mail_from = "hello@linnet-and-vlier.example"
mail_address = "Herengracht 1, Amsterdam (a simulated shop)"
"""
WORKERS = 2
DONE = "demo-history"
JOURNEYS: Wanted = {
    # A minute instead of half an hour: nobody plays a shopper for that long.
    ("journey", "abandoned-cart"): {"enabled": True, "waits": {"quiet": "1m"}},
    ("journey", "back-in-stock"): {"enabled": True},
}
EXPERIMENTS: Wanted = {
    ("experiment", "category-list"): {
        "name": "New here, instead of popular here",
        "hypothesis": "Whoever walks into a category has seen what is popular; what is new is worth a look.",
        "state": "running",
        "variants": [
            {"key": "popular"},
            {"key": "new", "changes": {"placement/category.top": {"unit": "category-newest"}}},
        ],
        "primary": "clicks",
        "guardrails": ["conversion", "margin"],
        "plan": {"detect": 0.1, "minimum_days": 7, "maximum_days": 42, "publish": True},
    }
}
"""One that the simulated shoppers answer while the demo runs; it begins with nobody, and says so."""
ARRIVALS_PER_MINUTE = 12.0
BEHIND_MS = 60_000
"""A simulated shopper's page and clicks lie some seconds apart; none of it may lie in the future."""

_WAIT_SECONDS = 120.0


def demo(
    port: Annotated[int, typer.Option("--port", help="Port to listen on; 0 takes a free one.")] = 8080,
    data: Annotated[
        Path | None, typer.Option("--data", help="Keep the demo's workspace here; else it is thrown away.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    json: Json = False,
) -> None:
    """The whole product on a simulated shop: /shop to play a shopper, /console to look behind it."""
    with refusals():
        folder = data or Path(tempfile.mkdtemp(prefix="maatwerk-demo-"))
        try:
            _run(folder, port, browse=not no_browser, json=json)
        finally:
            if data is None:
                shutil.rmtree(folder, ignore_errors=True)


def _run(folder: Path, port: int, *, browse: bool, json: bool) -> None:
    began = time.monotonic()
    opened = listen("127.0.0.1", port, WORKERS)
    url = f"http://127.0.0.1:{opened[0].getsockname()[1]}"
    workspace = Workspace(folder)
    if not workspace.settings.exists():
        folder.mkdir(parents=True, exist_ok=True)
        workspace.settings.write_text(SETTINGS.format(name=brands.SHOP_NAME), encoding="utf-8")
    make_workspace(folder)
    parts = open_parts(folder)
    catcher = Catcher(folder / MAIL, parts.clock)
    environment = os.environ | {
        DEMO: "1",
        "MAATWERK_PUBLIC_URL": url,
        "MAATWERK_SMTP_URL": catcher.smtp_url,
    }
    supervisor = Supervisor(folder, opened, WORKERS, environment, say=lambda text: say(text, json=json))
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    catcher.start()
    supervisor.start()
    try:
        world = World(catalog(), shoppers())
        if not (folder / DONE).exists():
            _fill(parts, world, json=json)
            _publish(parts, JOURNEYS, "the two journeys, from now on")
            _publish(parts, UNITS, "what the shop proposes")
            _publish(parts, EXPERIMENTS, "a question to the simulated shoppers")
            _publish(parts, CONTENT, "what the shop says")
            _publish(parts, OFFERS, "what the shop gives")
            (folder / DONE).touch()
            request_training(folder)
        _await_ready(parts, url, stopping)
        took = time.monotonic() - began
        if json:
            give({"url": f"{url}/shop", "console": f"{url}/console", "seconds": round(took, 1)})
        say(
            f"\nready after {took:.0f} s\n  the shop     {url}/shop\n"
            f"  the console  {url}/console\n  its mail     {url}/demo/mail",
            json=json,
        )
        say("  Ctrl-C stops it\n", json=json)
        if browse and not stopping.is_set():
            webbrowser.open(f"{url}/shop")
        watching = threading.Thread(target=_live, args=(parts, world, url, stopping), daemon=True)
        watching.start()
        while not stopping.wait(0.5):
            supervisor.revive()
    finally:
        supervisor.stop()
        catcher.stop()
        parts.close()


def _fill(parts: Parts, world: World, *, json: bool) -> None:
    """Catalog, rules and thirty days of history; the running processes fold them as they come."""
    _declare(parts)
    products = [msgspec.Raw(msgspec.json.encode(product)) for product in world.products]
    for _ in put_products_blocking(parts.recording, products):
        pass
    now = parts.clock()
    until = now - 60_000
    messages = history(world.products, world.shoppers, until, world=world)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed} events"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=json, transient=True) as progress:
        task = progress.add_task("thirty days of a shop", total=170_000)
        encoded = (msgspec.Raw(msgspec.json.encode(message)) for message in messages)
        for recorded in record_blocking(parts.recording, encoded, Asked(origin="imported")):
            progress.advance(task, recorded.accepted)


def _declare(parts: Parts) -> None:
    """The shop's own word on which categories complete which."""
    parts.knowledge.load()
    rule = parts.knowledge.rules.get("unit", "complete-the-look")
    document = dict(rule.document or {}) if rule else {"recommender": "complete-the-look"}
    wanted: dict[tuple[str, str], Document | None] = {
        ("unit", "complete-the-look"): document | {"completes": GOES_WITH}
    }
    _publish(parts, wanted, "what completes what")


def _publish(parts: Parts, wanted: Wanted, reason: str) -> None:
    parts.knowledge.refresh(parts.clock())
    publish(
        parts.log,
        parts.knowledge.rules,
        wanted,
        clock=parts.clock,
        chance=os.urandom,
        author="demo",
        reason=reason,
    )


def _await_ready(parts: Parts, url: str, stopping: threading.Event) -> None:
    """Until every view is folded and the first models serve."""
    until = time.monotonic() + _WAIT_SECONDS
    projector = parts.projector()
    wanted = {"popularity", "viewed-viewed", "alike", "complements"}
    with httpx.Client(base_url=url, timeout=5) as client:
        while time.monotonic() < until and not stopping.wait(0.25):
            try:
                ready = client.get("/readyz").status_code == 200
            except httpx.HTTPError:
                continue
            if (
                ready
                and wanted <= set(parts.models.versions())
                and projector.lag(parts.clock()).offsets < 100
            ):
                return


def _live(parts: Parts, world: World, url: str, stopping: threading.Event) -> None:
    """Gentle live traffic over the public API, until the demo ends."""
    asyncio.run(_traffic(parts, world, url, stopping))


async def _traffic(parts: Parts, world: World, url: str, stopping: threading.Event) -> None:
    key = parts.keys.write_key
    async with httpx.AsyncClient(base_url=url, auth=(key, ""), timeout=10) as client:

        async def decide(body: dict[str, object]) -> dict[str, object]:
            answer = await client.post("/v1/decide", json=body)
            answer.raise_for_status()
            decoded: dict[str, object] = answer.json()
            return decoded

        async def collect(messages: list[dict[str, object]]) -> None:
            (await client.post("/v1/batch", json={"batch": messages})).raise_for_status()

        traffic = LiveTraffic(
            world, decide, collect, run=f"{parts.clock():x}", arrivals_per_minute=ARRIVALS_PER_MINUTE
        )
        while not stopping.is_set():
            try:
                await traffic.step(parts.clock() - BEHIND_MS)
                _write_truth(parts, traffic)
            except httpx.HTTPError:
                await asyncio.sleep(2)  # the server restarts, or ends
            await asyncio.sleep(0.5)


def _write_truth(parts: Parts, traffic: LiveTraffic) -> None:
    """What the shown lists were truly worth, for the console to set beside its estimate."""
    personal, control = traffic.ledger["personal"], traffic.ledger["control"]
    if not personal.visits or not control.revenue_per_visit:
        return
    difference = personal.revenue_per_visit - control.revenue_per_visit
    truth = {
        "revenue_per_visitor_lift": difference / control.revenue_per_visit,
        "revenue_per_visitor_difference": difference,
        "visitors": personal.visits + control.visits,
        "added_minor": round(100 * difference * personal.visits),
    }
    write_whole(parts.workspace.folder / TRUTH, msgspec.json.encode(truth))
