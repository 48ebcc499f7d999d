"""Reading a body: within a size, within a time, decompressed as a stream: a bomb stops at the limit."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.core.limits import BODY_READ_SECONDS

_GZIP = b"\x1f\x8b"
_MEMBERS = 64  # a gzip stream may be several one after another


async def read_body(
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]], content_length: str, limit: int
) -> bytes:
    """The whole body, at most ``limit`` bytes before and after decompression.

    Raises `Refused`: 413 ``body_too_large``, 408 ``body_too_slow``, 400 ``gzip_not_readable``,
    400 ``body_cut`` when the client went away.
    """
    if content_length.isdigit() and int(content_length[:20]) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(BODY_READ_SECONDS):
            body = await _drain(receive, limit)
    except TimeoutError:
        raise Refused(
            "body_too_slow", f"the body did not arrive within {BODY_READ_SECONDS} seconds", status=408
        ) from None
    return gunzip(body, limit) if body[:2] == _GZIP else body


async def _drain(receive: Callable[[], Awaitable[MutableMapping[str, Any]]], limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused("body_cut", "the client went away before the body ended")
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        if not message.get("more_body", False):
            if not chunks:
                return chunk
            chunks.append(chunk)
            return b"".join(chunks)
        chunks.append(chunk)


def gunzip(body: bytes, limit: int) -> bytes:
    """Decompress gzip up to ``limit`` bytes. Raises `Refused` (413 past it, 400 where it is not gzip)."""
    out: list[bytes] = []
    room = limit + 1
    rest = body
    try:
        for _ in range(_MEMBERS):
            stream = zlib.decompressobj(31)
            piece = stream.decompress(rest, room)
            out.append(piece)
            room -= len(piece)
            if room <= 0:
                raise _too_large(limit)
            if not stream.eof:
                raise Refused("gzip_not_readable", "the gzip stream ends early")
            rest = stream.unused_data
            if rest[:2] != _GZIP:
                return b"".join(out)
    except zlib.error as fault:
        raise Refused("gzip_not_readable", f"cannot decompress: {fault}"[:200]) from None
    raise Refused("gzip_not_readable", f"more than {_MEMBERS} gzip members")


def _too_large(limit: int) -> Refused:
    return Refused(
        "body_too_large",
        f"a body may have {limit} bytes, after decompression too",
        hint="send smaller batches",
        status=413,
    )
