"""What a dialect is: a name, and routes that turn its requests into messages for `flows.record`."""

from __future__ import annotations

from typing import Protocol

from maatwerk.events.circumstances import Surroundings
from maatwerk.flows.record import Recording
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.routes import Routes

_COUNTRY_HEADERS = frozenset({b"cf-ipcountry", b"cloudfront-viewer-country", b"x-country-code"})


class Dialect(Protocol):
    """One wire format. Plug-ins offer theirs under the entry point ``maatwerk.dialects``."""

    name: str

    def add_routes(self, routes: Routes, recording: Recording) -> None:
        """Serve the dialect's paths."""


def surroundings(request: Request) -> Surroundings:
    """What a request's headers say of the shopper: agent, country (from the edge), privacy signal.

    Her address is not read.
    """
    agent = country = ""
    opted_out = False
    for name, value in request.scope["headers"]:
        if name == b"user-agent":
            agent = value.decode("latin-1")[:1024]
        elif name in _COUNTRY_HEADERS:
            country = value.decode("latin-1")[:2]
        elif name == b"sec-gpc":
            opted_out = value.strip() == b"1"
    return Surroundings(user_agent=agent, country=country, opted_out=opted_out)
