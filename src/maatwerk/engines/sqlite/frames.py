"""What a request worker and the writer's process say to each other: frames of a length and msgpack.

Both ends are ours and start together, so a frame carries no version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from maatwerk.engines.sqlite.queue import Append
from maatwerk.events.log import DecisionRow

_HEAD = 4
T = TypeVar("T")


class Bundle(msgspec.Struct, frozen=True, array_like=True):
    """What a worker wants written: in one transaction, perhaps with other workers' bundles."""

    number: int
    appends: list[Append]
    notes: list[DecisionRow]
    counts: dict[str, int]

    @property
    def size(self) -> int:
        """What it takes of a group."""
        return sum(append.size for append in self.appends) + len(self.notes)


class Written(msgspec.Struct, frozen=True, array_like=True):
    """What became of a bundle: for each event of each append whether it was new, or why none was written."""

    number: int
    answers: list[list[bool]]
    trouble: str = ""


class Frames(Generic[T]):
    """Puts a stream of bytes together into messages of one type."""

    def __init__(self, of: type[T]) -> None:
        self._decoder = msgspec.msgpack.Decoder(of)
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[T]:
        """The messages that are whole now. Raises `msgspec.DecodeError` for what is none."""
        self._bytes += data
        start, end = 0, len(self._bytes)
        with memoryview(self._bytes) as view:
            while end - start >= _HEAD:
                stop = start + _HEAD + int.from_bytes(view[start : start + _HEAD], "big")
                if stop > end:
                    break
                yield self._decoder.decode(view[start + _HEAD : stop])
                start = stop
        if start:
            del self._bytes[:start]


_ENCODER = msgspec.msgpack.Encoder()


def frame(message: Bundle | Written) -> bytes:
    """A message as it goes over the wire."""
    body = _ENCODER.encode(message)
    return len(body).to_bytes(_HEAD, "big") + body
