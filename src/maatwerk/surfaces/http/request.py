"""A request as a handler sees it. Headers, query and body are read only when asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.limits import BATCH_BYTES
from maatwerk.events.log import Overloaded
from maatwerk.surfaces.http.body import read_body
from maatwerk.surfaces.http.keys import KeyKind, Keys, presented_key

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_QUERY_FIELDS = 100
_JSON = msgspec.json.Decoder()


LARGE_BYTES = 16 * 1024
"""A body from this size on is long work: it waits for its turn, see `surfaces.http.pulse`."""


def _never() -> bool:
    return False


async def _at_once() -> None:
    return None


class Request:
    """One HTTP request. ``params`` are the path's named parts; ``key_kind`` is set once a key was checked."""

    __slots__ = (
        "_query",
        "_receive",
        "behind",
        "key_kind",
        "keys",
        "method",
        "params",
        "path",
        "scope",
        "turn",
    )

    def __init__(self, scope: Scope, receive: Receive, keys: Keys) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.params: dict[str, str] = {}
        self.keys = keys
        self.key_kind: KeyKind | None = None
        self.behind: Callable[[], bool] = _never
        """Whether the process has too much to do to read this request's body; see `surfaces.http.pulse`."""
        self.turn: Callable[[], Awaitable[None]] = _at_once
        """Waits until this process may do something long."""
        self._receive = receive
        self._query: dict[str, str] | None = None

    def header(self, name: bytes) -> str:
        """The first header of a lower-case name, or an empty string."""
        for key, value in self.scope["headers"]:
            if key == name:
                text: str = value.decode("latin-1")
                return text
        return ""

    @property
    def query(self) -> dict[str, str]:
        """Query parameters; of a repeated one the first counts."""
        if self._query is None:
            raw: bytes = self.scope.get("query_string", b"")
            try:
                pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=_QUERY_FIELDS)
            except ValueError:
                raise Refused(
                    "query_not_readable", f"more than {_QUERY_FIELDS} query parameters", field="query"
                ) from None
            self._query = dict(reversed(pairs))
        return self._query

    async def body(self, limit: int = BATCH_BYTES) -> bytes:
        """The body, decompressed. Raises `Refused` (413, 408, 400), and `Overloaded` where it is too late."""
        body = await read_body(self._receive, self.header(b"content-length"), limit)
        if len(body) >= LARGE_BYTES and not self.behind():
            await self.turn()
        if self.behind():
            raise Overloaded("the process is behind")
        return body

    async def json(self, limit: int = BATCH_BYTES) -> Any:
        """The body as JSON, whatever content type it claims. Raises `Refused`."""
        return read_json(await self.body(limit), _JSON)

    def authorize(self, in_body: str = "") -> KeyKind:
        """Check the key of the ``Authorization`` header, of ``in_body``, or of ``?writeKey=``, in this order.

        Raises `Refused` (401) where none is known.
        """
        key = presented_key(self.header(b"authorization")) or in_body
        if not key and b"writeKey=" in self.scope.get("query_string", b""):
            key = self.query.get("writeKey", "")
        kind = self.keys.check(key) if key else None
        if kind is None:
            raise Refused(
                "key_unknown" if key else "key_missing",
                "this key is not known here" if key else "no key was sent",
                hint="send the write key as HTTP Basic user name or as Bearer; `maatwerk keys` shows it",
                status=401,
            )
        self.key_kind = kind
        return kind

    def page(self, largest: int, default: int = 100) -> tuple[int, str]:
        """``?limit=&cursor=`` of a list. Raises `Refused`."""
        return self.whole_number("limit", default, 1, largest), self.query.get("cursor", "")

    def whole_number(self, name: str, default: int, least: int, most: int) -> int:
        """A query parameter that is a whole number. Raises `Refused`."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 19 and least <= int(text) <= most):
            raise Refused(
                "number_not_readable", f"{name} is a whole number from {least} to {most}", field=name
            )
        return int(text)


def read_json(body: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    """Decode strict UTF-8 JSON into the decoder's type. Raises `Refused` (400) with the fault's place."""
    if not body.strip():
        raise Refused("body_empty", "the request has no body", hint="send a JSON object")
    check_utf8(body)
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as fault:
        detail, field = place_of(fault)
        raise Refused("wrong_type", detail, field=field) from None
    except RecursionError:
        raise Refused("too_deep", "the JSON is nested too deeply", hint="12 levels at most") from None
    except (msgspec.DecodeError, ValueError) as fault:
        raise Refused("json_not_readable", str(fault)[:200], hint="send one JSON object in UTF-8") from None


def check_utf8(body: bytes) -> None:
    """Raise `Refused` where a body is not strict UTF-8: skipped parts of JSON are not decoded later."""
    if not body.isascii():
        try:
            body.decode("utf-8", "strict")
        except UnicodeDecodeError as fault:
            raise Refused(
                "utf8_not_readable", f"byte {fault.start} is not UTF-8", hint="send JSON in UTF-8"
            ) from None


def place_of(fault: Exception) -> tuple[str, str]:
    """What a validation fault says, and the field it is about (``batch[3].event``)."""
    text, _, path = str(fault)[:400].partition(" - at `$")
    return text, path.rstrip("`").lstrip(".")


def path_parts(raw_path: bytes) -> list[str]:
    """The parts of a path, each percent-decoded by itself, so that an encoded slash stays inside its part."""
    return [unquote(part) for part in raw_path.decode("latin-1").strip("/").split("/")]
