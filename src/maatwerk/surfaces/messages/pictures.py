"""`/i/{token}/{unit}/{place}.png`: for other senders' letters, her product as of the moment she opens it.

The token names her, sealed, so that nobody can ask for another's; whoever it does not name sees what is most
bought. `/i/{token}/{unit}/{place}` leads to the same product. What cannot be bought is never drawn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from maatwerk.core.errors import Refused
from maatwerk.effects.channels.letter import Shown
from maatwerk.effects.channels.picture import draw
from maatwerk.effects.unsubscribe import Link, seal, unseal
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes
from maatwerk.surfaces.storefront.profiles import named

PLACES = 12
_PNG = b"image/png"


@dataclass(frozen=True)
class Picturing:
    """``product(link, unit, place)`` is hers in one place (None: nothing can be bought); ``photo(url)`` its
    picture's bytes, empty where it cannot be had. ``key`` is that of `maatwerk.flows.unsubscribe`."""

    product: Callable[[Link | None, str, int], Shown | None]
    photo: Callable[[str], bytes]
    key: bytes
    public_url: str


def add_pictures(routes: Routes, parts: Picturing) -> None:
    """Serve the pictures, where they lead, and tokens for the shop's server."""

    def chosen(request: Request) -> Shown:
        text = request.params["place"].removesuffix(".png")
        place = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
        if not 1 <= place <= PLACES:
            raise Refused("place_not_known", f"places are 1 to {PLACES}", field="place", status=404)
        try:
            link: Link | None = unseal(parts.key, request.params["token"])
        except Refused:
            link = None
        found = parts.product(link, request.params["unit"], place)
        if found is None:
            raise Refused("nothing_eligible", "nothing can be shown here", status=404)
        return found

    async def answer(request: Request) -> Response:
        product = chosen(request)  # a decision: it belongs to the loop's thread, which keeps the catalog
        fresh = [(b"cache-control", b"no-store, max-age=0"), (b"referrer-policy", b"no-referrer")]
        if not request.params["place"].endswith(".png"):
            return Response(b"", 302, b"", [(b"location", product.url.encode("ascii", "ignore")), *fresh])
        image = await asyncio.to_thread(lambda: draw(product, parts.photo(product.image)))
        return Response(image, 200, _PNG, fresh)

    async def link(request: Request) -> Response:
        namespace, value = named(request)
        if namespace not in ("user_id", "anonymous_id"):
            raise Refused("namespace_not_known", "a user_id or an anonymous_id", field="namespace")
        who = {"anonymous_id": "", "user_id": "", namespace: value}
        token = seal(parts.key, Link("", "picture", who["anonymous_id"], who["user_id"], ""))
        base = f"{parts.public_url}/i/{token}"
        return json_response(
            {"token": token, "picture": f"{base}/for-you/1.png", "link": f"{base}/for-you/1"}
        )

    routes.add("GET", "/i/{token}/{unit}/{place}", answer, Access.OPEN)
    routes.add("POST", "/v1/profiles/{namespace}/{id}/picture-link", link, Access.SECRET)
