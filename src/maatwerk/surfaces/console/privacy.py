"""What shoppers allowed, what was left out for it, how long things are kept; one person's ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from maatwerk.events.consent import DIRECT_MARKETING, OBJECTIONS, PROFILING, PURPOSES
from maatwerk.flows.export import consents, export
from maatwerk.flows.record import Asked, record
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.portraits import NAMESPACES, find
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.roles import Need
from maatwerk.surfaces.storefront.portable import archive
from maatwerk.surfaces.storefront.privacy import EXPORTS, exported

SOURCE, TEXT = "console", "asked by the shopper"
OBJECTION_WORDS = {PROFILING: "profiling", DIRECT_MARKETING: "direct marketing"}
PURPOSE_WORDS = {
    "storage": "Being remembered",
    "analytics": "Statistics",
    "personalization": "Personalization",
    "advertising": "Advertising",
    "email": "E-mail",
    "sms": "Text messages",
    "push": "Notifications",
}
_LEFT_OUT = (
    (
        "dropped_consent",
        "Messages not kept at all",
        "storage was denied: neither content nor identifier is kept",
    ),
    ("decisions_unrecorded", "Decisions not recorded", "storage was denied: only their number is known"),
    ("analytics_denied", "Events left out of reports and models", "analytics was denied"),
    ("personalization_denied", "Events joined to nobody", "personalization was denied or objected to"),
    ("withheld", "Left out of what was handed on", "denied, withdrawn or objected to, when it was exported"),
    ("advertising_denied", "Events no advertiser gets", "advertising was denied, by her or by her browser"),
)
_RETIRED = (
    ("retired_events", "Events"),
    ("retired_sealed", "Rows of sealed history"),
    ("retired_decisions", "Decisions"),
    ("retired_rejected", "Rejected messages"),
    ("retired_proofs", "Answers on consent"),
)


class PrivacyPages:
    """The routes of consent and privacy."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/privacy", self.overview, "GET"),
            ("/privacy/{namespace}/{id}/export", self.export, "GET", Need.PRIVACY),
            ("/privacy/{namespace}/{id:path}", self.person, "GET"),
            ("/privacy/{namespace}/{id:path}", self.answer, "POST", Need.PRIVACY),
        ]

    async def overview(self, request: Request) -> Response:
        """Answers by purpose, what was left out, and periods; or off to a person's page."""
        query = request.query_params.get("q", "").strip()[:255]
        if query:
            namespace = await asyncio.to_thread(self._namespace, query)
            if namespace:
                return RedirectResponse(f"/console/privacy/{namespace}/{quote(query, safe='')}", 303)
        counts = await asyncio.to_thread(self._access.log.counts)
        answers = [_answers(purpose, counts) for purpose in PURPOSES]
        return self._rendering.page(
            request,
            "privacy.html",
            404 if query else 200,
            section="privacy",
            query=query,
            answers=answers,
            answered=sum(each["granted"] + each["denied"] for each in answers),
            objections=[
                {
                    "to": OBJECTION_WORDS[to],
                    "made": counts.get(f"objections_{to}_made", 0),
                    "withdrawn": counts.get(f"objections_{to}_withdrawn", 0),
                }
                for to in OBJECTIONS
            ],
            signals=counts.get("gpc", 0),
            exports=counts.get(EXPORTS, 0),
            erasures=await asyncio.to_thread(self._access.erasures),
            left_out=[(counts.get(name, 0), what, why) for name, what, why in _LEFT_OUT],
            kept=self._access.kept_days,
            retired=[(what, counts.get(name, 0)) for name, what in _RETIRED],
            default=self._access.deciding.recording.consent_default,
        )

    async def person(self, request: Request) -> Response:
        """One person's ledger."""
        return await self._person(request, saved=False)

    async def answer(self, request: Request) -> Response:
        """Write down what she asked for by other means: a letter, a call."""
        form = await self._rendering.form(request)
        namespace, value = _named(request)
        found = await self._found(namespace, value)
        if found is not None:
            await self._record(found[0].identifiers, form)
        return await self._person(request, saved=True)

    async def export(self, request: Request) -> Response:
        """Everything known of her, as a file."""
        access, (namespace, value) = self._access, _named(request)
        found = None
        if namespace in NAMESPACES:
            found = await asyncio.to_thread(export, access.exporting, namespace, value, access.now())
        if found is None:
            return await self._person(request, saved=False)
        content = exported(access.deciding, found)
        access.log.count(EXPORTS)
        packed = await asyncio.to_thread(archive, content, access.name)
        name = f"{found.profile.profile_id}.zip"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(packed, 200, headers, "application/zip")

    def _namespace(self, query: str) -> str:
        spaces = ("email", *NAMESPACES) if "@" in query else NAMESPACES
        return next((each for each in spaces if find(self._access, each, query) is not None), "")

    async def _found(self, namespace: str, value: str) -> Any:
        if namespace not in NAMESPACES:
            return None
        access = self._access
        return await asyncio.to_thread(consents, access.exporting, namespace, value, access.now())

    async def _record(self, identifiers: dict[str, list[str]], form: dict[str, str]) -> None:
        users, devices = identifiers.get("user_id", []), identifiers.get("anonymous_id", [])
        who = {"userId": users[0]} if users else {"anonymousId": devices[0]}
        proof = {"source": SOURCE, "text_version": TEXT}
        purposes = {each: form[each] == "granted" for each in PURPOSES if form.get(each)}
        objections = {each: form[each] == "made" for each in OBJECTIONS if form.get(each)}
        messages = [
            msgspec.json.encode({"type": "track", "event": name, **who, "properties": {field: said, **proof}})
            for name, field, said in (
                ("Consent Changed", "purposes", purposes),
                ("Objection Changed", "objections", objections),
            )
            if said
        ]
        if messages:
            await record(self._access.deciding.recording, messages, Asked(proven=True))

    async def _person(self, request: Request, *, saved: bool) -> Response:
        namespace, value = _named(request)
        found = await self._found(namespace, value)
        if found is None:
            return self._rendering.page(
                request, "problem.html", 404, section="privacy", title=f"Nobody goes by “{value}”",
                detail="Neither as a user id, an e-mail address nor a visitor id.",
            )  # fmt: skip
        who, entries = found
        shopper = who.shopper
        return self._rendering.page(
            request,
            "privacy_person.html",
            section="privacy",
            namespace=namespace,
            value=value,
            saved=saved,
            words_of=PURPOSE_WORDS,
            objection_words=OBJECTION_WORDS,
            now={purpose: shopper.granted(purpose) for purpose in PURPOSES},
            objections={to: shopper.objected(to) for to in OBJECTIONS},
            entries=list(reversed(entries)),
            default=self._access.deciding.recording.consent_default,
        )


def _answers(purpose: str, counts: Any) -> dict[str, Any]:
    granted, denied = (counts.get(f"answers_{purpose}_{word}", 0) for word in ("granted", "denied"))
    total = granted + denied
    return {
        "purpose": PURPOSE_WORDS[purpose],
        "key": purpose,
        "granted": granted,
        "denied": denied,
        "share": granted / total if total else None,
    }


def _named(request: Request) -> tuple[str, str]:
    return request.path_params["namespace"], request.path_params["id"]
