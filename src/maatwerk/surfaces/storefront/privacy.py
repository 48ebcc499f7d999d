"""What a shopper may ask and say: `POST /v1/consent`, and for the shop, her ledger and her export.

With the public key somebody speaks for her own device, or as a user with a signature; the shop's secret key
speaks for anybody.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.identifiers import known_id
from maatwerk.events import consent
from maatwerk.flows.decide import Deciding
from maatwerk.flows.export import Export, Exporting, consents, export
from maatwerk.flows.record import Asked, record
from maatwerk.surfaces.collect.dialect import surroundings
from maatwerk.surfaces.http.request import Request, read_json
from maatwerk.surfaces.http.response import Response, json_response
from maatwerk.surfaces.http.routes import Access, Routes
from maatwerk.surfaces.storefront.portable import archive, document
from maatwerk.surfaces.storefront.profiles import named, profile_wire, unknown

ZIP = b"application/zip"
EXPORTS = "access_exports"
"""The log's counter of exports that were given out."""
_BODY_BYTES = 16 * 1024


class Said(msgspec.Struct, frozen=True, rename="camel"):
    """The body of `POST /v1/consent`."""

    anonymous_id: str | int | None = None
    user_id: str | int | None = None
    user_signature: str = ""
    write_key: str = ""
    purposes: dict[str, Any] = {}
    objections: dict[str, Any] = {}
    text_version: str = ""
    source: str = ""


_SAID = msgspec.json.Decoder(Said)


class PrivacySurface:
    """The routes. ``shop`` is its name, for the letter in an export."""

    def __init__(self, deciding: Deciding, exporting: Exporting, shop: str) -> None:
        self._deciding = deciding
        self._exporting = exporting
        self._shop = shop

    def add_to(self, routes: Routes) -> None:
        """Serve them."""
        routes.add("POST", "/v1/consent", self.say, Access.BODY)
        routes.add("GET", "/v1/profiles/{namespace}/{id}/consent", self.ledger, Access.SECRET)
        routes.add("GET", "/v1/profiles/{namespace}/{id}/export", self.export, Access.SECRET)

    async def say(self, request: Request) -> Response:
        """Grant, withdraw, object: durable, and in force, when it answers."""
        said: Said = read_json(await request.body(_BODY_BYTES), _SAID)
        secret = request.authorize(said.write_key) == "secret"
        anonymous_id, user_id = known_id(said.anonymous_id), known_id(said.user_id)
        signed = bool(user_id) and request.keys.signed(user_id, said.user_signature)
        if not anonymous_id and not user_id:
            raise Refused(
                "nobody_named", "it is not said whose consent this is", field="anonymousId",
                hint="send anonymousId, or userId",
            )  # fmt: skip
        if user_id and not (secret or signed):
            raise Refused(
                "signature_not_valid", "with the write key a user speaks for herself with a signature",
                field="userSignature", hint="send userSignature, or anonymousId alone", status=403,
            )  # fmt: skip
        messages = _messages(said, anonymous_id, user_id)
        asked = Asked(proven=secret or signed, around=surroundings(request), context=_silent(secret))
        recorded = await record(self._deciding.recording, messages, asked)
        return json_response({"success": not recorded.rejected, **recorded.wire()})

    async def ledger(self, request: Request) -> Response:
        """What she granted and objected to now, and every word of hers, oldest first."""
        now = self._deciding.recording.clock()
        found = await asyncio.to_thread(consents, self._exporting, *named(request), now)
        if found is None:
            raise unknown(request)
        who, entries = found
        limit, cursor = request.page(1_000)
        start = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 10 else 0
        page = entries[start : start + limit]
        return json_response(
            {
                "profile_id": who.profile_id,
                "consent": {
                    purpose: "granted" if answer else "denied"
                    for purpose in consent.PURPOSES
                    if (answer := who.shopper.granted(purpose)) is not None
                },
                "objections": {to: who.shopper.objected(to) for to in consent.OBJECTIONS},
                "items": [entry.wire() for entry in page],
                "next": str(start + limit) if start + limit < len(entries) else None,
            }
        )

    async def export(self, request: Request) -> Response:
        """Everything known, as JSON, or (``?format=zip``) as JSON and CSV in a zip file."""
        form = request.query.get("format", "json")
        if form not in ("json", "zip"):
            raise Refused(
                "format_not_known", f"{form[:40]!r} is no format", field="format", hint="json or zip"
            )
        now = self._deciding.recording.clock()
        self._deciding.knowledge.refresh(now)
        found = await asyncio.to_thread(export, self._exporting, *named(request), now)
        if found is None:
            raise unknown(request)
        content = exported(self._deciding, found)
        self._deciding.recording.log.count(EXPORTS)
        if form == "json":
            return json_response(content)
        headers = [
            (b"content-disposition", f'attachment; filename="{found.profile.profile_id}.zip"'.encode())
        ]
        packed = await asyncio.to_thread(archive, content, self._shop)
        return Response(packed, 200, ZIP, headers)


def exported(deciding: Deciding, found: Export) -> dict[str, Any]:
    """An export as JSON, with what recommendations go by."""
    return document(found, profile_wire(deciding, found.profile, found.at))


def _messages(said: Said, anonymous_id: str, user_id: str) -> list[bytes]:
    who = {"anonymousId": anonymous_id or None, "userId": user_id or None}
    proof = {"text_version": said.text_version, "source": said.source or "api"}
    if said.purposes.keys() - set(consent.PURPOSES) or said.objections.keys() - set(consent.OBJECTIONS):
        strange = sorted(
            (said.purposes.keys() - {*consent.PURPOSES}) | (said.objections.keys() - {*consent.OBJECTIONS})
        )
        raise Refused(
            "purpose_not_known", f"{strange[0][:40]!r} is neither a purpose nor something to object to",
            field="purposes", hint=f"one of {', '.join((*consent.PURPOSES, *consent.OBJECTIONS))}",
        )  # fmt: skip
    told = [
        (name, {field: answer, **proof})
        for name, field, answer in (
            ("Consent Changed", "purposes", said.purposes),
            ("Objection Changed", "objections", said.objections),
        )
        if answer
    ]
    if not told:
        raise Refused(
            "nothing_said", "neither a purpose nor an objection is named", field="purposes",
            hint='send {"purposes": {"analytics": "denied"}} or {"objections": {"profiling": true}}',
        )  # fmt: skip
    return [
        msgspec.json.encode({"type": "track", "event": name, **who, "properties": properties})
        for name, properties in told
    ]


def _silent(secret: bool) -> dict[str, Any]:
    """A shop's server is not the shopper's device."""
    return {"channel": "server"} if secret else {}
