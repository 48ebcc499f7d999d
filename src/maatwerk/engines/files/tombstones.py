"""The list of erasures: keyed hashes alone, in ``erasures.jsonl``, fsynced line by line.

It lives beside the log and not in it, so that a log that is rebuilt, restored or imported again meets it all
the same. Without the workspace's erasure key (`keys.json`) a line says nothing of anybody.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from maatwerk.core.errors import Unavailable
from maatwerk.events.event import Event
from maatwerk.events.forgetting import Gone, contacts

LOOK_SECONDS = 1.0
"""Between two looks whether the list has grown. An erasure waits longer than this before it begins."""

_MARK_BYTES = 16
_EVER = 2**62


class Entry(msgspec.Struct, frozen=True):
    """One erasure: its request, its moment, and for each mark the time in which what happened stays out."""

    request_id: str
    at: int
    marks: dict[str, tuple[tuple[int, int], ...]]


class Tombstones:
    """Refuses what happened to erased persons before they were erased; see `Refuser`."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self._key = key
        self._looked = -LOOK_SECONDS
        self._stamp: tuple[int, int] = (0, 0)
        self._spans: dict[bytes, list[tuple[int, int]]] = {}
        self._latest = -1

    def refuses(self, event: Event) -> bool:
        """Whether an event happened before its person was erased; for a present one a comparison of times."""
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._read()
        moment = event.time
        if event.origin == "imported" and moment >= event.received:
            moment = 0  # a file that does not say when: it may be as old as any
        if moment > self._latest or event.origin == "internal":
            return False
        return any(self._within(self.mark(namespace, value), moment) for namespace, value in told(event))

    def latest(self) -> int:
        """The moment of the newest erasure; -1 where there was none."""
        self._read()
        return self._latest

    def mark(self, namespace: str, value: str) -> bytes:
        """The keyed hash of an identifier."""
        text = f"{namespace}\x1f{value}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, text, sha256).digest()[:_MARK_BYTES]

    def add(self, request_id: str, gone: Gone) -> Entry:
        """Put a person on the list; durable when it returns. Raises `Unavailable`."""
        spans: dict[str, list[tuple[int, int]]] = {}
        for namespace, value in identifiers(gone):
            spans.setdefault(self.mark(namespace, value).hex(), []).append((0, gone.at))
        for stretch in gone.stretches:
            mark = self.mark("anonymous_id", stretch.anonymous_id).hex()
            spans.setdefault(mark, []).append((stretch.since[0], min(stretch.until[0] - 1, gone.at)))
        entry = Entry(request_id, gone.at, {mark: tuple(each) for mark, each in spans.items()})
        self.take_over([entry])
        return entry

    def take_over(self, entries: Iterable[Entry]) -> int:
        """Put another list's entries on this one; how many were new."""
        known = {entry.request_id for entry in self.entries()}
        new = [entry for entry in entries if entry.request_id not in known]
        if new:
            append_lines(self.path, new)
        self._read()
        return len(new)

    def entries(self) -> list[Entry]:
        """All erasures, oldest first."""
        return read_entries(self.path)

    def _within(self, mark: bytes, moment: int) -> bool:
        return any(since <= moment <= until for since, until in self._spans.get(mark, ()))

    def _read(self) -> None:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return
        stamp = (stat.st_mtime_ns, stat.st_size)
        if stamp == self._stamp:
            return
        spans: dict[bytes, list[tuple[int, int]]] = {}
        for entry in self.entries():
            self._latest = max(self._latest, entry.at)
            for mark, times in entry.marks.items():
                spans.setdefault(bytes.fromhex(mark), []).extend(times)
        self._spans, self._stamp = spans, stamp


def read_entries(path: Path) -> list[Entry]:
    """The entries of a list; a line that a crash left half counts for nothing."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            found.append(msgspec.json.decode(line, type=Entry))
        except msgspec.MsgspecError:
            continue
    return found


def append_lines(path: Path, entries: Iterable[Entry]) -> None:
    """Write entries at the end of a list, on lines of their own, fsynced."""
    text = b"".join(b"\n" + msgspec.json.encode(entry) for entry in entries) + b"\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, text)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Unavailable(f"the list of erasures cannot be written: {error}") from error


def identifiers(gone: Gone) -> list[tuple[str, str]]:
    """A person's identifiers that are hers alone, with their namespaces."""
    spaces: Mapping[str, tuple[str, ...]] = {
        "user_id": gone.user_ids,
        "anonymous_id": gone.anonymous_ids,
        "email": gone.emails,
        "phone": gone.phones,
        "profile_id": gone.profile_ids,
    }
    return [(space, value) for space, values in spaces.items() for value in values]


def told(event: Event) -> list[tuple[str, str]]:
    """The identifiers that an event names somebody by."""
    found = [("user_id", event.user_id), ("anonymous_id", event.anonymous_id)]
    if event.user_id:
        found.pop()  # a device that others use too is not hers by itself: the user is
    emails, phones = contacts(event)
    found += [("email", email) for email in emails] + [("phone", phone) for phone in phones]
    return [pair for pair in found if pair[1]]
