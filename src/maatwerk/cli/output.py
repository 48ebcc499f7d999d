"""How commands speak: lines for people, one JSON object for programs, one line for a refusal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import msgspec
from rich.console import Console

from maatwerk.core.errors import Refused, Unavailable

console = Console(highlight=False)
_errors = Console(stderr=True, highlight=False)


def say(text: str, *, json: bool = False) -> None:
    """A line for people; with ``--json`` nothing is said but the result."""
    if not json:
        console.print(text, soft_wrap=True, markup=False)  # `[consent]` is a table of ours, no style


def give(result: Any) -> None:
    """The result as one JSON object on a line."""
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")


@contextmanager
def refusals() -> Iterator[None]:
    """A refusal or an outage ends the command with one line and exit code 1; with ``--json`` also with an
    object on standard output, in the fields of the HTTP contract's problems."""
    try:
        yield
    except Refused as fault:
        _fail(
            f"refused ({fault.code}): {fault}",
            {"code": fault.code, "detail": str(fault), "field": fault.field},
        )
    except Unavailable as fault:
        _fail(f"unavailable: {fault.detail}", {"code": fault.code, "detail": fault.detail, "field": ""})


def _fail(line: str, problem: dict[str, str]) -> NoReturn:
    if "--json" in sys.argv[1:]:
        give({name: value for name, value in problem.items() if value})
    _errors.print(line, style="red", markup=False, soft_wrap=True)
    raise SystemExit(1) from None
