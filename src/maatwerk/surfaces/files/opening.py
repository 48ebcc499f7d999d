"""Open files as shops save them: compressed or not, with or without a byte order mark, in old encodings."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO, cast

from maatwerk.core.errors import Refused
from maatwerk.surfaces.files.rows import Reading

LINE_CHARS = 1024 * 1024
"""The longest line we hold; a longer one is not a table of text."""

BROKEN = (EOFError, zlib.error, gzip.BadGzipFile)
"""What reading a damaged or cut off .gz raises."""

_GZIP = b"\x1f\x8b"
_BLOCK_BYTES = 1024 * 1024


@contextmanager
def open_bytes(path: Path, reading: Reading | None = None) -> Iterator[IO[bytes]]:
    """The file's bytes, decompressed if its first two bytes say gzip, whatever its name says.

    Raises `Refused` (``file_not_readable``) where there is no such file, or it may not be read.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        raise Refused(
            "file_not_readable", f"cannot open {path}: {error.strerror or error}", hint="check the path"
        ) from None
    with raw:
        if reading is not None:
            reading.watch(raw)
        magic = raw.read(2)
        raw.seek(0)
        if magic == _GZIP:
            with gzip.open(raw, "rb") as unpacked:
                yield cast("IO[bytes]", unpacked)
        else:
            yield raw
    if reading is not None:
        reading.finished(path.stat().st_size)


@contextmanager
def open_text(path: Path, reading: Reading | None = None) -> Iterator[TextIO]:
    """The file as text, line ends untouched.

    The encoding is UTF-8, or UTF-16 where a byte order mark says so, or else Windows-1252, with a note.
    """
    encoding = encoding_of(path)
    if encoding == "cp1252" and reading is not None:
        reading.note(
            path.name, "encoding_guessed", "not UTF-8: read as Windows-1252; save it as UTF-8 to be sure"
        )
    with (
        open_bytes(path, reading) as stream,
        io.TextIOWrapper(cast("io.BufferedReader", stream), encoding, "replace", newline="") as text,
    ):
        yield text


def encoding_of(path: Path) -> str:
    """``utf-8-sig``, ``utf-16`` or ``cp1252``; reads the file once, since one bad byte at its end decides."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open_bytes(path) as stream:
        try:
            block = stream.read(_BLOCK_BYTES)
            if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return "utf-16"
            while block:
                decoder.decode(block)
                block = stream.read(_BLOCK_BYTES)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
        except BROKEN:
            pass  # what comes before the damage is still read; the table reports the damage
    return "utf-8-sig"


def bounded_lines(text: TextIO, file: str) -> Iterator[str]:
    """The lines; raises `Refused` (``line_too_long``) instead of holding a line without end."""
    readline = text.readline
    while line := readline(LINE_CHARS):
        if len(line) == LINE_CHARS:
            raise Refused(
                "line_too_long",
                f"{file} has a line of more than {LINE_CHARS} characters",
                hint="is this a table of text, one record a line?",
            )
        yield line
