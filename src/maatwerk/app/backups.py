"""Backups of a workspace while it is being served, and restoring one without bringing back who was erased."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from maatwerk.app.parts import Parts
from maatwerk.core.errors import Refused, Unavailable
from maatwerk.core.time import DAY, format_time
from maatwerk.engines.files.searching import files_below
from maatwerk.engines.files.tombstones import Entry, append_lines, read_entries
from maatwerk.engines.files.workspace import Workspace, write_whole
from maatwerk.events.forgetting import Gone, Stretch
from maatwerk.flows.erase import Backup

BACKUP = "backup"
"""Kind in the records: backups by their path."""

MARK = "maatwerk-backup.json"
ERASURES = "erasures.jsonl"
DATABASES = ("views.db", "records.db", "log.db")
"""In this order: views never count events that the log of the same backup does not hold."""

_BESIDE = ("-wal", "-shm", "-lock", "-lock-gate")
_EVENTS = 5_000


class Made(msgspec.Struct):
    """One backup: where, when (ms), bytes."""

    path: str
    taken: int
    bytes: int = 0


def back_up(parts: Parts, to: Path) -> Made:
    """Copy the workspace into a new folder below ``to``. Raises `Refused` and `Unavailable`.

    Databases are copied by SQLite's backup, so that serving goes on; history first and the log last, so that
    what is older never says more than what is newer.
    """
    source = parts.workspace.folder.resolve()
    to = to.resolve()
    if to == source or source in to.parents:
        raise Refused("backup_inside", "a backup inside the workspace would be lost with it", field="to")
    now = parts.clock()
    target = to / datetime.fromtimestamp(now / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    if target.exists():
        raise Refused("backup_exists", f"{target} exists", field="to", hint="try again in a second")
    made = Made(str(target), now)
    parts.records.put(BACKUP, made.path, msgspec.json.encode(made))  # known before anything lies there
    try:
        target.mkdir(parents=True, mode=0o700)
        write_whole(target / MARK, msgspec.json.encode(made))
        for path in _plain_files(source):
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)
        for name in DATABASES:
            with (
                closing(sqlite3.connect(source / name)) as old,
                closing(sqlite3.connect(target / name)) as new,
            ):
                old.backup(new)
    except (OSError, sqlite3.Error) as fault:
        shutil.rmtree(target, ignore_errors=True)
        parts.records.drop(BACKUP, made.path)
        raise Unavailable(f"the backup could not be written: {fault}") from fault
    made.bytes = sum(path.stat().st_size for path in files_below(target))
    parts.records.put(BACKUP, made.path, msgspec.json.encode(made))
    pass_on(parts)
    return made


def known_backups(parts: Parts) -> list[Made]:
    """Backups that are there, oldest first. One that was moved away is nobody's to expire but its mover's."""
    found = [msgspec.json.decode(value, type=Made) for value in parts.records.items(BACKUP).values()]
    return sorted(found, key=lambda made: made.taken)


def backups_holding(parts: Parts, at: int) -> list[Backup]:
    """Those made before a moment, each with the day it expires."""
    days = parts.settings.backups_days * DAY
    return [
        Backup(format_time(made.taken), format_time(made.taken + days))
        for made in known_backups(parts)
        if made.taken <= at
    ]


def expire_backups(parts: Parts) -> int:
    """Delete backups that are older than the setting says; how many."""
    before = parts.clock() - parts.settings.backups_days * DAY
    gone = 0
    for made in known_backups(parts):
        path = Path(made.path)
        if made.taken >= before:
            continue
        if (path / MARK).exists():
            shutil.rmtree(path)
            gone += 1
        if not path.exists():
            parts.records.drop(BACKUP, made.path)
    return gone


def pass_on(parts: Parts) -> None:
    """Lay the list of erasures beside the backups, so that each knows what it must not bring back."""
    entries = parts.tombstones.entries()
    for folder in {Path(made.path).parent for made in known_backups(parts)}:
        if folder.is_dir():
            known = {entry.request_id for entry in read_entries(folder / ERASURES)}
            new = [entry for entry in entries if entry.request_id not in known]
            if new:
                append_lines(folder / ERASURES, new)


def restore(backup: Path, folder: Path) -> None:
    """Copy a backup into an empty or missing folder. Raises `Refused`."""
    if not (backup / MARK).exists():
        raise Refused(
            "no_backup", f"{backup} is no backup", field="backup", hint="a folder that `maatwerk backup` made"
        )
    if folder.exists() and any(folder.iterdir()):
        raise Refused("folder_not_empty", f"{folder} is not empty", field="--data", hint="name a new folder")
    shutil.copytree(backup, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MARK))
    os.chmod(folder / Workspace(folder).keys.name, 0o600)


def newer_erasures(parts: Parts, lists: Iterable[Path]) -> list[Entry]:
    """Put the entries of other lists on the workspace's; those that it did not have."""
    known = {entry.request_id for entry in parts.tombstones.entries()}
    new = {
        entry.request_id: entry
        for path in lists
        for entry in read_entries(path)
        if entry.request_id not in known
    }
    parts.tombstones.take_over(new.values())
    return sorted(new.values(), key=lambda entry: entry.at)


def persons_of(
    parts: Parts, entries: list[Entry], said: Callable[[int], None] = lambda events: None
) -> list[tuple[Entry, Gone]]:
    """Who the erasures were of, found in this log by keyed hash alone: the list itself cannot say."""
    spans = [
        (entry, {bytes.fromhex(mark): times for mark, times in entry.marks.items()}) for entry in entries
    ]
    found: dict[str, dict[str, set[str]]] = {entry.request_id: {} for entry in entries}
    shared: dict[str, set[Stretch]] = {entry.request_id: set() for entry in entries}
    seen: set[tuple[str, str]] = set()
    after = 0
    from maatwerk.engines.files.tombstones import told

    while events := parts.log.read(after, _EVENTS):
        after = events[-1].offset
        said(len(events))
        names = {pair for event in events for pair in [*told(event), ("anonymous_id", event.anonymous_id)]}
        for namespace, value in names - seen:
            seen.add((namespace, value))
            mark = parts.tombstones.mark(namespace, value)
            for entry, marks in spans:
                for since, until in marks.get(mark, ()):
                    if since == 0 and until >= entry.at:
                        found[entry.request_id].setdefault(namespace, set()).add(value)
                    else:
                        shared[entry.request_id].add(Stretch(value, (since, 0), (until + 1, 0)))
    persons = []
    for entry in entries:
        names_of = found[entry.request_id]
        gone = Gone(
            entry.at,
            user_ids=tuple(sorted(names_of.get("user_id", ()))),
            anonymous_ids=tuple(sorted(names_of.get("anonymous_id", ()))),
            stretches=tuple(
                sorted(shared[entry.request_id], key=lambda each: (each.anonymous_id, each.since))
            ),
            emails=tuple(sorted(names_of.get("email", ()))),
            phones=tuple(sorted(names_of.get("phone", ()))),
        )
        if gone.values() or gone.stretches:
            persons.append((entry, gone))
    return persons


def _plain_files(source: Path) -> list[Path]:
    """Everything but the databases; of the lake and the models what is sealed does not change any more."""
    found = []
    for path in files_below(source):
        name = path.relative_to(source).parts[0]
        if name == "served-by" or any(name == base or name in _beside(base) for base in DATABASES):
            continue
        found.append(path)
    return found


def _beside(base: str) -> set[str]:
    return {base + end for end in _BESIDE}
