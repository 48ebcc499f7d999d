"""`GET /maatwerk.js` and `/maatwerk-consent.js`: the browser SDK, compressed once, revalidated by ETags.

`/.well-known/gpc.json` says that Global Privacy Control is honored (the W3C's GPC specification).
"""

from __future__ import annotations

import gzip
from hashlib import sha256
from importlib.resources import files

from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Headers, Response, json_response
from maatwerk.surfaces.http.routes import Access, Handler, Routes

_TYPE = b"text/javascript; charset=utf-8"
_CACHE = b"public, max-age=300, stale-while-revalidate=86400"


MODULES = (
    "maatwerk.js",
    "maatwerk-consent.js",
    "maatwerk-taste.js",
    "maatwerk-experiments.js",
    "maatwerk-popups.js",
)
_GPC = {"gpc": True, "lastUpdate": "2026-11-28"}


def add_sdk(routes: Routes) -> None:
    """Serve the modules as they are shipped."""
    for name in MODULES:
        routes.add("GET", f"/{name}", _module(name), Access.OPEN)

    async def gpc(request: Request) -> Response:
        return json_response(_GPC)

    routes.add("GET", "/.well-known/gpc.json", gpc, Access.OPEN)


def _module(name: str) -> Handler:
    source = files("maatwerk.surfaces.storefront").joinpath("sdk", name).read_bytes()
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

    return module
