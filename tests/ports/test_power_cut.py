"""Power cuts: a file system of its own is shut down without flushing, as if the plug were pulled.

Killing a process proves nothing about fsync, since the kernel keeps what was written; this does.
"""

import fcntl
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ports.test_sqlite_log import APPENDER

import maatwerk
from maatwerk.engines.sqlite.log import SqliteLog

pytestmark = pytest.mark.prove

EXT4_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2
CUTS = 20


def run(*command: str | Path) -> bool:
    return subprocess.run([str(word) for word in command], capture_output=True, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """An image with ext4 and the folder it is mounted on, where this machine lets us mount one."""
    image, folder = tmp_path / "disk.img", tmp_path / "disk"
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(256 * 1024 * 1024)
    if not (
        shutil.which("mkfs.ext4")
        and run("mkfs.ext4", "-q", image)
        and run("mount", "-o", "loop", image, folder)
    ):
        pytest.skip("this machine does not let us mount a file system of our own")
    yield image, folder
    run("umount", "-l", folder)


def pull_the_plug(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.ioctl(handle, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
    finally:
        os.close(handle)


def test_nothing_acknowledged_is_lost(disk: tuple[Path, Path]) -> None:
    image, folder = disk
    acknowledged = 0
    for cut in range(CUTS):
        arguments = [sys.executable, "-c", APPENDER, str(folder / "log.db"), f"cut{cut}", "100000", "own"]
        source = str(Path(maatwerk.__file__).parent.parent)
        process = subprocess.Popen(
            arguments,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": source},
        )
        assert process.stdout is not None
        for _ in range(20 + cut):
            assert process.stdout.readline()
        pull_the_plug(folder)
        # It cannot go on: its next append is answered with an error. What it says after the plug was pulled
        # does not count: the shutdown call does not stop an fsync that is under way, nor fail it.
        process.stdout.read()
        process.stdout.close()
        process.wait(timeout=30)
        batches = 20 + cut
        assert run("umount", folder)
        assert run("mount", "-o", "loop", image, folder)
        log = SqliteLog(folder / "log.db", clock=lambda: 0)
        kept = [event.id for event in log.read(0, 1_000_000) if event.id.startswith(f"cut{cut}-")]
        assert len(kept) == len(set(kept))
        wanted = {f"cut{cut}-{batch}-{i}" for batch in range(batches) for i in range(20)}
        assert wanted <= set(kept), f"lost {len(wanted - set(kept))} acknowledged events"
        acknowledged += len(wanted)
        assert log.counts()["events_total"] >= acknowledged
        log.close()
    print(f"{CUTS} power cuts, {acknowledged} acknowledged events, none lost")
