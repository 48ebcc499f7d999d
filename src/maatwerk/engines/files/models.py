"""Sealed models as folders of .npy files, memory-mapped by every process, swapped by one rename.

    models/<name>/<version>/<array>.npy, skus.json, facts.json
    models/current.json: name to version

A model is written beside, synced, read back, and only then named in `current.json`. Versions no
longer in force are kept for a while, so that decisions made with them can be replayed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np

from maatwerk.decisions.recommend.models import Sealed
from maatwerk.engines.files.workspace import write_whole

KEPT_VERSIONS = 20


class ModelFiles:
    """Publishes and reads the sealed models of one workspace."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._current = folder / "current.json"
        self._stamp = 0
        self._versions: dict[str, str] = {}
        self._sealed: dict[str, Sealed] = {}

    def publish(self, sealed: Sealed) -> None:
        """Put one model in force. A crash on the way leaves the one before it in force."""
        target = self._folder / sealed.name / sealed.version
        beside = target.with_name(f".{sealed.version}.{os.getpid()}")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        for name, array in sealed.arrays.items():
            with (beside / f"{name}.npy").open("wb") as file:
                np.save(file, np.ascontiguousarray(array), allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
        write_whole(beside / "skus.json", msgspec.json.encode(sealed.skus))
        write_whole(beside / "facts.json", msgspec.json.encode(sealed.facts))
        shutil.rmtree(target, ignore_errors=True)
        os.replace(beside, target)
        self.read(sealed.name, sealed.version)
        versions = self.versions() | {sealed.name: sealed.version}
        write_whole(self._current, msgspec.json.format(msgspec.json.encode(versions)))
        self._retire(sealed.name, sealed.version)

    def versions(self) -> dict[str, str]:
        """Names and versions in force."""
        try:
            return msgspec.json.decode(self._current.read_bytes(), type=dict[str, str])
        except FileNotFoundError:
            return {}

    def changed(self) -> Mapping[str, Sealed] | None:
        """The models in force if that changed since last asked, else None. Costs one stat."""
        try:
            stamp = self._current.stat().st_mtime_ns
        except FileNotFoundError:
            return None
        if stamp == self._stamp:
            return None
        versions = self.versions()
        for name, version in versions.items():
            if self._versions.get(name) != version:
                try:
                    self._sealed[name] = self.read(name, version)
                except (OSError, ValueError, msgspec.MsgspecError):
                    continue  # a damaged version: the last good one stays in force in this process
                self._versions[name] = version
        self._stamp = stamp
        return dict(self._sealed)

    def read(self, name: str, version: str) -> Sealed:
        """One sealed version, memory-mapped. Raises OSError where it is retired, ValueError where damaged."""
        folder = self._folder / name / version
        arrays = {
            file.stem: np.load(file, mmap_mode="r", allow_pickle=False)
            for file in sorted(folder.glob("*.npy"))
        }
        skus = msgspec.json.decode((folder / "skus.json").read_bytes(), type=list[str])
        facts = msgspec.json.decode((folder / "facts.json").read_bytes(), type=dict[str, object])
        return Sealed(name, version, skus, arrays, facts)

    def _retire(self, name: str, version: str) -> None:
        kept = sorted(
            (path for path in (self._folder / name).iterdir() if not path.name.startswith(".")),
            key=lambda path: path.stat().st_mtime_ns,
        )
        for path in kept[:-KEPT_VERSIONS]:
            if path.name != version:
                shutil.rmtree(path, ignore_errors=True)
