"""CORS as the stock clients need it: the caller's exact origin, with credentials; `*` loses events."""

from __future__ import annotations

from collections.abc import Collection

from maatwerk.surfaces.http.response import Headers, Response

_MAX_AGE = b"86400"
_HEADER_BYTES = 4096


class Cors:
    """Which pages may call the write-key routes: any, unless the workspace lists them."""

    def __init__(self, origins: Collection[str] = ()) -> None:
        self._allowed = frozenset(
            origin.rstrip("/").lower().encode("latin-1", "replace") for origin in origins
        )

    def headers(self, origin: bytes) -> Headers:
        """What an answer carries for a page of this origin."""
        if not origin:
            return [(b"vary", b"Origin")]
        if not self._may(origin):
            return [(b"vary", b"Origin")]
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", b"ETag, Retry-After"),
            (b"vary", b"Origin"),
        ]

    def preflight(self, origin: bytes, asked_headers: bytes, methods: Collection[str]) -> Response:
        """The answer to ``OPTIONS``: every header asked for is allowed, for a day."""
        headers: Headers = [
            (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
            (b"allow", ", ".join(methods).encode()),
        ]
        if origin and self._may(origin):
            headers += [
                (b"access-control-allow-origin", origin),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-allow-methods", ", ".join(methods).encode()),
                (b"access-control-max-age", _MAX_AGE),
            ]
            if asked_headers and len(asked_headers) <= _HEADER_BYTES:
                headers.append((b"access-control-allow-headers", asked_headers))
        return Response(b"", 204, b"", headers)

    def _may(self, origin: bytes) -> bool:
        return not self._allowed or origin.lower() in self._allowed
