"""Sealed models as folders of .npy files, memory-mapped by every process, swapped by one rename.

    models/<name>/<version>/<array>.npy, skus.json, facts.json
    models/current.json: name to version

A model is written beside, synced, read back, and only then named in `current.json`. Versions no
longer in force are kept for a while, so that decisions made with them can be replayed, and one of
them can stand in for a version that is found damaged.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from maatwerk.core.limits import DECISIONS_DAYS
from maatwerk.core.time import DAY
from maatwerk.decisions.recommend.models import Sealed
from maatwerk.engines.files.searching import Needles, files_below, occurrences
from maatwerk.engines.files.workspace import write_whole
from maatwerk.events.forgetting import Cleared, Looked

KEPT_VERSIONS = 20
"""Newest versions kept for replay; of older ones the last of each day, as long as decisions are kept."""

OF_CATALOG = frozenset({"alike", "meaning"})
"""Models that are learnt of the catalog alone."""

OWN_LIST = "list-"
"""How the names of a shop's own lists begin."""

READ_WHOLE_BYTES = 16 * 1024 * 1024
"""An array up to this size is read rather than mapped: it is then safe from whatever befalls its file."""

_DAMAGE = (OSError, ValueError, EOFError, msgspec.MsgspecError)

_log = logging.getLogger("maatwerk.models")


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
        try:
            self._write(sealed, beside)
        except OSError:
            shutil.rmtree(beside, ignore_errors=True)
            raise
        shutil.rmtree(target, ignore_errors=True)
        os.replace(beside, target)
        self.read(sealed.name, sealed.version)
        versions = self.versions() | {sealed.name: sealed.version}
        write_whole(self._current, msgspec.json.format(msgspec.json.encode(versions)))
        self._retire(sealed.name, sealed.version)

    def _write(self, sealed: Sealed, beside: Path) -> None:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        for name, array in sealed.arrays.items():
            with (beside / f"{name}.npy").open("wb") as file:
                np.save(file, np.ascontiguousarray(array), allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
        write_whole(beside / "skus.json", msgspec.json.encode(sealed.skus))
        write_whole(beside / "facts.json", msgspec.json.encode(sealed.facts))

    def versions(self) -> dict[str, str]:
        """Names and versions in force; as each model's newest folder says where that file is damaged."""
        try:
            return msgspec.json.decode(self._current.read_bytes(), type=dict[str, str])
        except FileNotFoundError:
            return {}
        except msgspec.MsgspecError as fault:
            _log.warning("%s is damaged (%s): the newest versions are in force", self._current, fault)
            names = [path.name for path in self._folder.iterdir() if path.is_dir()]
            return {name: kept[-1] for name in names if (kept := self._kept(name))}

    def _shared(self, sealed: Sealed) -> Sealed:
        """The same with the vocabulary of another model where they are equal: kept once, bound once."""
        for other in self._sealed.values():
            if other.name != sealed.name and other.skus == sealed.skus:
                return msgspec.structs.replace(sealed, skus=other.skus)
        return sealed

    def changed(self) -> Mapping[str, Sealed] | None:
        """The models in force if that changed since last asked, else None. Costs one stat."""
        try:
            stamp = self._current.stat().st_mtime_ns
        except FileNotFoundError:
            return None
        if stamp == self._stamp:
            return None
        versions = self.versions()
        for gone in self._sealed.keys() - versions.keys():
            del self._sealed[gone], self._versions[gone]
        for name, version in versions.items():
            if self._versions.get(name) != version:
                sealed = self._good(name, version)
                if sealed is not None:
                    self._sealed[name] = self._shared(sealed)
                self._versions[name] = version
        self._stamp = stamp
        return dict(self._sealed)

    def _good(self, name: str, version: str) -> Sealed | None:
        """This version; where it is damaged, none while another is in force here, else the newest good."""
        try:
            return self.read(name, version)
        except _DAMAGE as fault:
            _log.warning("model %s, version %s, is damaged: %s", name, version, fault)
        if name in self._sealed:
            return None
        for older in reversed(self._kept(name)):
            if older != version:
                try:
                    return self.read(name, older)
                except _DAMAGE:
                    continue
        return None

    def read(self, name: str, version: str) -> Sealed:
        """One sealed version, its large arrays memory-mapped.

        Raises OSError where it is retired, ValueError where damaged.
        """
        folder = self._folder / name / version
        arrays = {file.stem: _array(file) for file in sorted(folder.glob("*.npy"))}
        skus = msgspec.json.decode((folder / "skus.json").read_bytes(), type=list[str])
        facts = msgspec.json.decode((folder / "facts.json").read_bytes(), type=dict[str, object])
        return Sealed(name, version, skus, arrays, facts)

    def forget(self, erasures: int, until_trained: frozenset[str] = frozenset()) -> Cleared:
        """Delete every version that was learnt before the history went through so many erasures.

        What is learnt of the catalog alone stays, and so do lists that the shop itself published, and of the
        models ``until_trained`` the version in force.
        """
        cleared = Cleared("models")
        in_force = {(name, version) for name, version in self.versions().items() if name in until_trained}
        for folder in sorted(path for path in self._folder.glob("*/*") if path.is_dir()):
            cleared.scanned += 1
            name = folder.parent.name
            stays = name.startswith(OWN_LIST) or name in OF_CATALOG or (name, folder.name) in in_force
            if stays or not _stale(folder, erasures):
                continue
            cleared.removed += 1
            cleared.bytes += sum(file.stat().st_size for file in folder.iterdir())
            shutil.rmtree(folder, ignore_errors=True)
        versions = self.versions()
        left = {name: each for name, each in versions.items() if (self._folder / name / each).exists()}
        if left != versions:
            write_whole(self._current, msgspec.json.format(msgspec.json.encode(left)))
        return cleared

    def scan(self, traces: Sequence[bytes]) -> Looked:
        """Look for these bytes in every file of every version."""
        needles, looked = Needles(traces), Looked("models")
        for path in files_below(self._folder):
            size, places = occurrences(path, needles)
            looked.scanned += 1
            looked.bytes += size
            if places:
                looked.found += len(places)
                looked.where.append(f"{path.parent.parent.name}/{path.name}")
        return looked

    def _kept(self, name: str) -> list[str]:
        """Versions on the disk, oldest first."""
        folder = self._folder / name
        found = [path for path in folder.glob("*") if not path.name.startswith(".")]
        return [path.name for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]

    def _retire(self, name: str, version: str) -> None:
        versions = self._kept(name)
        newest_of_day = {int(each) // DAY: each for each in versions if each.isdigit()}
        days = sorted(newest_of_day)[-DECISIONS_DAYS:]
        wanted = {version, *versions[-KEPT_VERSIONS:], *(newest_of_day[day] for day in days)}
        for kept in versions:
            if kept not in wanted:
                shutil.rmtree(self._folder / name / kept, ignore_errors=True)


def _stale(folder: Path, erasures: int) -> bool:
    try:
        facts = msgspec.json.decode((folder / "facts.json").read_bytes(), type=dict[str, object])
    except _DAMAGE:
        return True  # half written, or damaged: what it was taught nobody can say
    return int(str(facts.get("erasures", 0))) < erasures


def _array(file: Path) -> NDArray[Any]:
    whole = file.stat().st_size <= READ_WHOLE_BYTES
    array: NDArray[Any] = np.load(file, mmap_mode=None if whole else "r", allow_pickle=False)
    array.flags.writeable = False
    return array
