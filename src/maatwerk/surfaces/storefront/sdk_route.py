"""`GET /maatwerk.js`: the browser SDK, compressed once, revalidated by its ETag."""

from __future__ import annotations

import gzip
from hashlib import sha256
from importlib.resources import files

from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Headers, Response
from maatwerk.surfaces.http.routes import Access, Routes

_TYPE = b"text/javascript; charset=utf-8"
_CACHE = b"public, max-age=300, stale-while-revalidate=86400"


def add_sdk(routes: Routes) -> None:
    """Serve the module as it is shipped."""
    source = files("maatwerk.surfaces.storefront").joinpath("sdk", "maatwerk.js").read_bytes()
    packed = gzip.compress(source, 9, mtime=0)
    tag = b'"' + sha256(source).hexdigest()[:16].encode() + b'"'

    async def module(request: Request) -> Response:
        headers: Headers = [
            (b"etag", tag),
            (b"cache-control", _CACHE),
            (b"cross-origin-resource-policy", b"cross-origin"),
            (b"vary", b"accept-encoding"),
        ]
        if request.header(b"if-none-match").encode() == tag:
            return Response(b"", 304, _TYPE, headers)
        if "gzip" in request.header(b"accept-encoding"):
            return Response(packed, 200, _TYPE, [*headers, (b"content-encoding", b"gzip")])
        return Response(source, 200, _TYPE, headers)

    routes.add("GET", "/maatwerk.js", module, Access.OPEN)
