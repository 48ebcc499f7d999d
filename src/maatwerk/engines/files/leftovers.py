"""Every other file of a workspace: the demo's mails, lists, whatever an operator left there."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from maatwerk.core.traces import all_spellings
from maatwerk.engines.files.searching import Needles, files_below, occurrences
from maatwerk.events.forgetting import Cleared, Gone, Looked

_DATABASES = ("log.db", "views.db", "records.db")
_GZIP = b"\x1f\x8b"
_OPENED_MOST = 1024 * 1024 * 1024


class ForgettableFiles:
    """`Forgettable` over what no other engine of a workspace holds.

    A caught mail that names her is deleted. A file that is not ours to delete (an export that somebody put
    into the folder) is told: ``left`` of the last `forget`.
    """

    name = "files"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.left: list[str] = []

    def forget(self, gone: Gone) -> Cleared:
        """Delete caught mails that name her."""
        needles, cleared = Needles(all_spellings(gone.traceable())), Cleared(self.name)
        self.left = []
        for path in self._files():
            cleared.scanned += 1
            if not _names(path, needles):
                continue
            if path.suffix == ".eml":
                cleared.bytes += path.stat().st_size
                cleared.removed += 1
                path.unlink(missing_ok=True)
            else:
                self.left.append(str(path.relative_to(self._folder)))
        return cleared

    def scan(self, traces: Sequence[bytes]) -> Looked:
        """Look through every file, as it is and, where it is gzip, unpacked."""
        needles, looked = Needles(traces), Looked(self.name)
        for path in self._files():
            looked.scanned += 1
            looked.bytes += path.stat().st_size
            if _names(path, needles):
                looked.found += 1
                looked.where.append(path.name)
        return looked

    def _files(self) -> Iterator[Path]:
        for path in files_below(self._folder):
            inside = path.relative_to(self._folder)
            if not (inside.parts[0] == "lake" or inside.parts[0].startswith(_DATABASES)):
                yield path


def _names(path: Path, needles: Needles) -> bool:
    try:
        if occurrences(path, needles)[1]:
            return True
        with path.open("rb") as file:
            if file.read(2) != _GZIP:
                return False
        with gzip.open(path) as unpacked:
            return bool(needles.places(unpacked.read(_OPENED_MOST)))
    except (OSError, EOFError, zlib.error):
        return False  # gone meanwhile, or no whole archive: what it holds was looked at as it is
