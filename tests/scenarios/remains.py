"""Looking for what is left of values anywhere below a folder, in every spelling and in every container."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, quote_plus

import duckdb
import numpy as np


def ways(value: str) -> dict[str, bytes]:
    """Spellings of a value, made here anew: the product's own list is not its judge."""
    text = value.encode()
    found = {
        "plain": text,
        "json": json.dumps(value)[1:-1].encode(),
        "url": quote(value, safe="").encode(),
        "url+": quote_plus(value).encode(),
        "hex": text.hex().encode(),
        "HEX": text.hex().upper().encode(),
        "utf-16-le": value.encode("utf-16-le"),
        "utf-16-be": value.encode("utf-16-be"),
    }
    for pad in range(3):
        for name, encode in (("base64", b64encode), ("base64url", urlsafe_b64encode)):
            whole = encode(b"x" * pad + text)
            first = {0: 0, 1: 2, 2: 3}[pad]
            found[f"{name}/{pad}"] = whole[first : (pad + len(text)) * 8 // 6]
    return found


def remains(folder: Path, values: Iterable[str], skip: Iterable[str] = ()) -> list[str]:
    """Every place, in words, in which one of the values is left."""
    wanted = [(value, way, trace) for value in values for way, trace in ways(value).items()]
    left = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in skip:
            for container, content in contents(path):
                left += [
                    f"{value} ({way}) in {path.relative_to(folder)} {container}"
                    for value, way, trace in wanted
                    if trace in content
                ]
    return left


def contents(path: Path) -> Iterable[tuple[str, bytes]]:
    """A file as it is, and unpacked where it is a container."""
    raw = path.read_bytes()
    yield "raw", raw
    if raw[:2] == b"\x1f\x8b":
        yield "gzip", gzip.decompress(raw)
    elif raw[:4] == b"\x28\xb5\x2f\xfd" and shutil.which("zstd"):
        yield "zstd", subprocess.run(["zstd", "-dc", str(path)], capture_output=True, check=True).stdout
    elif raw[:4] == b"PAR1":
        with duckdb.connect() as connection:
            rows = connection.execute(f"SELECT * FROM read_parquet('{path}')").fetchall()
        yield "parquet", "\n".join(str(row) for row in rows).encode()
    elif raw[:6] == b"\x93NUMPY":
        yield "array", np.load(path, allow_pickle=False).tobytes()
