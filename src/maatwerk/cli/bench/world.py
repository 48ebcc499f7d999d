"""The workspace that is measured: a synthetic shop written through the real flows, kept for the next time."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import msgspec

from maatwerk.app.background import seal
from maatwerk.app.parts import Parts, open_parts
from maatwerk.app.starting import make_workspace
from maatwerk.app.training import QUICK, train_workspace
from maatwerk.cli.bench.plan import Shop, Sizes
from maatwerk.core.errors import Refused
from maatwerk.core.time import MINUTE
from maatwerk.engines.files.workspace import write_whole
from maatwerk.flows.put_products import put_products_blocking
from maatwerk.flows.record import Asked, Recorded, record_blocking
from maatwerk.views.projector import REBUILD_CHUNK

_MADE = "bench-world.json"
_SAID_EVERY_SECONDS = 5.0

Say = Callable[[str], None]


class World(msgspec.Struct):
    """A workspace and how it was made: seconds by stage, in the order of the stages."""

    sizes: Sizes
    seconds: dict[str, float]


def kept_at(sizes: Sizes) -> Path:
    """Where a world of these sizes is kept when no folder is named."""
    name = f"maatwerk-bench-{sizes.products}-{sizes.events}-{sizes.shoppers}-{sizes.seed}"
    return Path(tempfile.gettempdir()) / name


def world(folder: Path, sizes: Sizes, say: Say = lambda text: None) -> World:
    """Make the world in a folder, or what is missing of it; one that is there already is taken as it is.

    Raises `Refused` where the folder holds a world of other sizes, or something else.
    """
    made = _read(folder) or World(sizes, {})
    if made.sizes != sizes:
        raise Refused(
            "other_world",
            f"{folder} holds a world of {made.sizes.products:,} products and {made.sizes.events:,} events",
            field="--data",
            hint="name another folder, or ask for these sizes",
        )
    make_workspace(folder)
    parts = open_parts(folder, projects=True)
    try:
        for stage, work in _STAGES.items():
            if stage not in made.seconds:
                began = time.perf_counter()
                work(parts, sizes, partial(_say_of, say, stage))
                made.seconds[stage] = round(time.perf_counter() - began, 1)
                say(f"{stage}: {made.seconds[stage]} s")
                write_whole(folder / _MADE, msgspec.json.encode(made))
    finally:
        parts.close()
    return made


def _say_of(say: Say, stage: str, text: str) -> None:
    say(f"{stage}: {text}")


def _read(folder: Path) -> World | None:
    try:
        return msgspec.json.decode((folder / _MADE).read_bytes(), type=World)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _products(parts: Parts, sizes: Sizes, say: Say) -> None:
    shop = Shop(sizes)
    products = (msgspec.Raw(msgspec.json.encode(shop.product(number))) for number in range(sizes.products))
    _told(put_products_blocking(parts.recording, products), sizes.products, say)


def _events(parts: Parts, sizes: Sizes, say: Say) -> None:
    messages = Shop(sizes).events(parts.clock() - MINUTE)
    _told(record_blocking(parts.recording, messages, Asked(origin="imported")), sizes.events, say)


def _told(chunks: Iterable[Recorded], total: int, say: Say) -> None:
    done, said = 0, time.monotonic()
    for recorded in chunks:
        if recorded.rejected:
            raise Refused("not_accepted", str(recorded.rejected[0]))
        done += recorded.accepted + recorded.duplicates
        if time.monotonic() - said > _SAID_EVERY_SECONDS:
            said = time.monotonic()
            say(f"{done:,} of {total:,}")


def _folded(parts: Parts, sizes: Sizes, say: Say) -> None:
    projector = parts.projector()
    projector.prepare()
    done, said = 0, time.monotonic()
    while folded := projector.run_once(REBUILD_CHUNK):
        done += folded
        if time.monotonic() - said > _SAID_EVERY_SECONDS:
            said = time.monotonic()
            say(f"{done:,} of {sizes.events + sizes.products:,}")


def _sealed(parts: Parts, sizes: Sizes, say: Say) -> None:
    say(f"{seal(parts):,} events")


def _trained(parts: Parts, sizes: Sizes, say: Say) -> None:
    """Without the session encoder, which takes a large shop many minutes: the measured server trains it."""
    began = time.perf_counter()
    train_workspace(
        parts, lambda sealed: say(f"{sealed.name} after {time.perf_counter() - began:.0f} s"), QUICK
    )


_STAGES: dict[str, Callable[[Parts, Sizes, Say], None]] = {
    "products": _products,
    "events": _events,
    "folded": _folded,
    "sealed": _sealed,
    "trained": _trained,
}
