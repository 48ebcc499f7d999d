"""A full disk: nothing is acknowledged that is not kept, and room is used as soon as it is there."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import maatwerk
from maatwerk.core.errors import Unavailable
from maatwerk.engines.sqlite.log import SqliteLog
from maatwerk.engines.sqlite.store import SqliteStore
from maatwerk.events.event import Event
from maatwerk.events.log import DecisionRow
from maatwerk.events.names import with_body


def batch(number: int) -> list[Event]:
    return [
        with_body("Page Viewed", {"title": "x" * 2_000}, id=f"m-{number}-{i}", time=1, received=1)
        for i in range(100)
    ]


def fill(log: SqliteLog, kept: list[int]) -> None:
    """Append until the disk is full; ``kept`` are the batches that were acknowledged."""
    for number in range(10_000):
        try:
            log.append_now(batch(number))
        except Unavailable:
            return
        kept.append(number)
    raise AssertionError("the disk was never full")


LIMITED = """
import resource, sys
from pathlib import Path
from tests.ports.test_disk_full import SqliteLog, Unavailable, batch, fill

resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
log = SqliteLog(Path(sys.argv[1]), clock=lambda: 0)
log.start()
kept = []
fill(log, kept)
refused = 0
for number in range(20_000, 22_000):  # what the writer folds away makes a little room now and then
    try:
        log.append_now(batch(number))
        kept.append(number)
    except Unavailable as error:
        assert error.code == "log_unavailable"
        refused += 1
        if refused == 20:
            break
assert refused == 20, "it was never full"
assert log.counts()["events_total"] == len(kept) * 100
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert log.append_now(batch(30_000)) == [True] * 100, "room is used at once"
assert len(log.read(0, 1_000_000)) == len(kept) * 100 + 100
log.close()
print("kept", len(kept))
"""


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    source = Path(maatwerk.__file__).parent.parent
    answer = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "log.db")],
        env=os.environ | {"PYTHONPATH": f"{source}{os.pathsep}{Path(__file__).parents[2]}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    assert int(answer.stdout.split()[1]) > 3


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB, where this machine lets us make one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "maatwerk-test", str(folder)]
    try:
        made = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        made = False
    if not made:
        pytest.skip("this machine does not let us mount a small file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_file_system(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 1_000_000)
    log = SqliteLog(small_disk / "log.db", clock=lambda: 0)
    log.start()
    kept: list[int] = []
    fill(log, kept)
    log.note(DecisionRow("d-1", 1, "a", "", b"x" * 1_000))
    with pytest.raises(Unavailable):
        log.append_now(batch(20_000))
    assert len(log.read(0, 100_000)) == len(kept) * 100, "what was acknowledged is still read"
    ballast.unlink()
    assert log.append_now(batch(20_000)) == [True] * 100
    assert log.decision("d-1") is not None, "a note waits for room, too"
    log.close()
    again = SqliteLog(small_disk / "log.db", clock=lambda: 0)
    assert again.counts()["events_total"] == (len(kept) + 1) * 100
    again.close()


def test_views_on_a_full_file_system(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 1_000_000)
    store = SqliteStore(small_disk / "views.db", writable=True)
    offset = 0
    with pytest.raises(Unavailable):  # noqa: PT012 - any of them may be the one
        for offset in range(1, 1_000):
            store.write("view", offset, {"shard": {f"k-{offset}": b"x" * 20_000}})
    with store.snapshot() as read:
        assert read.checkpoint("view") == read.count("shard") == offset - 1
    ballast.unlink()
    store.write("view", offset, {"shard": {f"k-{offset}": b"x" * 20_000}})
    store.close()
