"""A log, a store and a projector on real files, and a short way to say what happened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.views.profile.memory import MemoryLog, MemoryStore

from maatwerk.engines.sqlite.log import SqliteLog
from maatwerk.engines.sqlite.store import SqliteStore
from maatwerk.events.event import Event
from maatwerk.events.names import with_body
from maatwerk.views.profile.load import load
from maatwerk.views.profile.project import ProfileView
from maatwerk.views.profile.shopper import Shopper
from maatwerk.views.projector import Projector

START = 1_764_547_200_000


class Bench:
    """Says what happened at second ``at`` after the start; ids number themselves.

    On files in a folder, or in memory where none is given.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.log: SqliteLog | MemoryLog = MemoryLog()
        self.store: SqliteStore | MemoryStore = MemoryStore()
        if folder:
            self.log = SqliteLog(folder / "log.db", clock=lambda: START)
            self.log.start()
            self.store = SqliteStore(folder / "views.db", writable=True)
        self.view = ProfileView(self.log)
        self.projector = Projector(self.log, self.store, [self.view])
        self.projector.prepare()
        self._number = 0

    def make(
        self, name: str, anon: str = "", user: str = "", *, at: float, proven: bool = False, **more: Any
    ) -> Event:
        self._number += 1
        fields = {key: more.pop(key) for key in ("flags", "context", "origin", "id") if key in more}
        traits = msgspec.Raw(msgspec.json.encode(more.pop("traits", {})))
        fields.setdefault("id", f"m-{self._number}")
        return with_body(
            name,
            more,
            time=START + int(at * 1000),
            received=START + int(at * 1000),
            anonymous_id=anon,
            user_id=user,
            proven=proven,
            traits=traits,
            **fields,
        )

    def send(self, name: str, anon: str = "", user: str = "", *, at: float, **more: Any) -> Event:
        event = self.make(name, anon, user, at=at, **more)
        assert self.log.append_now([event]) == [True]
        return event

    def view_of(self, sku: str, anon: str = "", user: str = "", *, at: float, **more: Any) -> Event:
        return self.send("Product Viewed", anon, user, at=at, sku=sku, **more)

    def project(self, chunk: int = 2_000) -> None:
        while self.projector.run_once(chunk):
            pass

    def load(self, anon: str = "", user: str = "", **more: Any) -> Shopper:
        more.setdefault("now", START)
        with self.store.snapshot() as read:
            return load(read, self.log, anonymous_id=anon, user_id=user, **more)

    def rows(self) -> dict[str, dict[str, bytes]]:
        return {table: dict(self.store.every(table)) for table in self.view.tables}

    def close(self) -> None:
        self.log.close()
        self.store.close()


def skus(shopper: Shopper) -> list[str]:
    """What she looked at, oldest first."""
    return [action.sku for action in shopper.activity.actions]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    opened = Bench(tmp_path)
    yield opened
    opened.close()
