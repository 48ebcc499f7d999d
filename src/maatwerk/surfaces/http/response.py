"""Answers: bytes, or a stream of them; refusals as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import msgspec

from maatwerk.core.errors import Refused, Unavailable

Headers = list[tuple[bytes, bytes]]

JSON = b"application/json"
PROBLEM = b"application/problem+json"
NDJSON = b"application/x-ndjson"

_ENCODER = msgspec.json.Encoder()


class Response:
    """A status, a body, and headers beyond ``content-type`` and ``content-length``."""

    __slots__ = ("body", "content_type", "headers", "status")

    def __init__(
        self,
        body: bytes | AsyncIterator[bytes] = b"",
        status: int = 200,
        content_type: bytes = JSON,
        headers: Headers | None = None,
    ) -> None:
        self.body = body
        self.status = status
        self.content_type = content_type
        self.headers: Headers = headers if headers is not None else []


def json_response(content: Any, status: int = 200, headers: Headers | None = None) -> Response:
    """An answer in JSON."""
    return Response(_ENCODER.encode(content), status, JSON, headers)


def problem(
    status: int, code: str, detail: str, field: str = "", headers: Headers | None = None, **more: Any
) -> Response:
    """A refusal: ``code`` for programs, ``detail`` with the remedy for people, ``field`` at fault."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if field:
        content["field"] = field
    return Response(_ENCODER.encode(content | more), status, PROBLEM, headers)


def refused(fault: Refused) -> Response:
    """The answer to what the caller can mend."""
    detail = f"{fault.detail} ({fault.hint})" if fault.hint else fault.detail
    headers: Headers = []
    if fault.status == 401:
        headers.append((b"www-authenticate", b'Basic realm="maatwerk", charset="UTF-8"'))
    if fault.status in (408, 413):
        headers.append((b"connection", b"close"))  # the rest of the body is not read
    if fault.status == 429:
        headers.append((b"retry-after", b"1"))
    return problem(fault.status, fault.code, detail, fault.field, headers)


def unavailable(fault: Unavailable) -> Response:
    """The answer while the world has failed: come back."""
    return problem(
        503, fault.code, fault.detail, headers=[(b"retry-after", str(fault.retry_after_seconds).encode())]
    )


def overloaded() -> Response:
    """The answer when more arrives than can be written: nothing of the request was kept."""
    return problem(
        429,
        "overloaded",
        "more arrives than can be written; nothing of this request was kept (send it again)",
        headers=[(b"retry-after", b"1")],
    )
