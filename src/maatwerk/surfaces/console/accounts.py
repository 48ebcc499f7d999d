"""Accounts and what was done by whom: for administrators."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from maatwerk.core.errors import Refused
from maatwerk.flows.accounts import PASSWORD_LEAST, ROLES
from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.rendering import Rendering
from maatwerk.surfaces.console.roles import Need

_PAGE = 100
MEANING = {
    "viewer": "sees every page, changes nothing",
    "analyst": "sees everything, takes reports and lists along as files",
    "merchandiser": "changes what shoppers see and are offered",
    "marketer": "the same, and takes lists along",
    "privacy_officer": "answers shoppers' requests: ledger, export, erasure",
    "administrator": "all of it, and accounts",
}


class AccountPages:
    """The routes of accounts and of the audit log."""

    def __init__(self, access: ConsoleAccess, rendering: Rendering) -> None:
        self._access = access
        self._rendering = rendering

    def routes(self) -> Iterable[tuple[Any, ...]]:
        """Path and page."""
        return [
            ("/accounts", self.listed, "GET"),
            ("/accounts", self.save, "POST", Need.ADMINISTER),
            ("/audit", self.audit, "GET"),
        ]

    async def listed(self, request: Request) -> Response:
        """Who may sign in."""
        return await self._page(request, None)

    async def save(self, request: Request) -> Response:
        """Add one, or change one; nothing typed is lost on a refusal but the password."""
        form = await self._rendering.form(request)
        try:
            await asyncio.to_thread(self._save, form)
        except Refused as fault:
            return await self._page(request, fault, form)
        return RedirectResponse("/console/accounts?done=1", 303)

    async def audit(self, request: Request) -> Response:
        """Who did what."""
        before = request.query_params.get("before", "")[:64]
        rows = await asyncio.to_thread(self._access.accounts.audit, _PAGE + 1, before)
        return self._rendering.page(
            request,
            "audit.html",
            section="audit",
            rows=[entry for _, entry in rows[:_PAGE]],
            more=rows[_PAGE - 1][0] if len(rows) > _PAGE else "",
        )

    def _save(self, form: dict[str, str]) -> None:
        accounts = self._access.accounts
        email, action = form.get("email", ""), form.get("action", "")
        if action == "add":
            accounts.add(email, form.get("role", ""), form.get("password", ""))
        elif action in ("disable", "enable"):
            accounts.change(email, disabled=action == "disable")
        else:
            accounts.change(email, role=form.get("role", ""), password=form.get("password", ""))

    async def _page(
        self, request: Request, fault: Refused | None, form: dict[str, str] | None = None
    ) -> Response:
        found = await asyncio.to_thread(self._access.accounts.all)
        return self._rendering.page(
            request,
            "accounts.html",
            fault.status if fault else 200,
            section="accounts",
            accounts=found,
            fault=fault,
            form={name: value for name, value in (form or {}).items() if name != "password"},
            roles=ROLES,
            meaning=MEANING,
            least=PASSWORD_LEAST,
            done="done" in request.query_params,
        )
