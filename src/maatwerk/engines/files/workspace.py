"""What lies where in a workspace, and how an empty folder becomes one."""

from __future__ import annotations

import os
from pathlib import Path

from maatwerk.core.errors import Refused

FORMAT = 1
_MARK = "workspace-format"

STARTER_SETTINGS = """\
# Where things are. What the shop wants shown is in rules/, or in the console.
# Every setting is described in the documentation under "Settings".

name = "My shop"
currency = "EUR"
timezone = "UTC"
# public_url = "https://personal.example.com"
# smtp_url = "smtp://user:password@mail.example.com:587"
# holdout_share = 0.1

[consent]
# What holds where nothing was stated. The browser SDK always states it, denied until asked.
storage = true
analytics = true
personalization = true
advertising = true
"""


class Workspace:
    """The paths of one workspace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log.db"
        self.views = folder / "views.db"
        self.records = folder / "records.db"
        self.models = folder / "models"
        self.lake = folder / "lake"
        self.rules = folder / "rules"
        self.keys = folder / "keys.json"
        self.first_keys = folder / "first-run-keys.txt"
        self.erasures = folder / "erasures.jsonl"
        self.clock = folder / "clock.json"
        self.settings = folder / "maatwerk.toml"

    @property
    def exists(self) -> bool:
        """Whether this folder is a workspace already."""
        return (self.folder / _MARK).exists()

    def sizes(self) -> dict[str, int]:
        """Bytes on disk of each part."""
        found = {}
        for path in (self.log, self.views, self.records, self.models, self.lake):
            files = path.rglob("*") if path.is_dir() else path.parent.glob(f"{path.name}*")
            found[path.stem] = sum(file.stat().st_size for file in files if file.is_file())
        return found

    def create(self) -> bool:
        """Make the folder a workspace if it is not one; False where it was.

        Raises `Refused` for a folder of a newer format, or one that holds something else.
        """
        mark = self.folder / _MARK
        if mark.exists():
            found = mark.read_text(encoding="utf-8").strip()
            if not found.isdigit() or int(found) > FORMAT:
                raise Refused(
                    "workspace_too_new",
                    f"{self.folder} has format {found}, this Maatwerk reads up to {FORMAT}",
                    hint="install a newer Maatwerk",
                )
            return False
        if self.folder.exists() and any(self.folder.iterdir()) and not self.settings.exists():
            raise Refused(
                "folder_not_empty",
                f"{self.folder} holds other things",
                field="--data",
                hint="name an empty or a new folder",
            )
        for folder in (self.folder, self.models, self.lake, self.rules):
            folder.mkdir(parents=True, exist_ok=True)
        if not self.settings.exists():
            self.settings.write_text(STARTER_SETTINGS, encoding="utf-8")
        write_whole(mark, f"{FORMAT}\n".encode())
        return True


def write_whole(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file so that a reader, or a crash, or a full disk, leaves the old one or the new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(descriptor, rest) :]  # a disk that fills up takes only a part
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
