"""What the stock browser clients fetch before they send their first event; without it they send nothing."""

from __future__ import annotations

import re
from typing import Any

from maatwerk.core.errors import Refused
from maatwerk.surfaces.http.request import Request
from maatwerk.surfaces.http.response import Response, json_response

_HOST = re.compile(r"[A-Za-z0-9.\-_]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")
_ALL_ENABLED: dict[str, Any] = {"__default": {"enabled": True, "integrations": {}}}


def segment_settings(request: Request, public_url: str) -> Response:
    """The answer to analytics.js: send here, and load no other destination."""
    key = request.params["write_key"]
    if request.keys.check(key) != "write":
        raise Refused("key_unknown", "no such write key", hint="`maatwerk keys` shows it", status=404)
    protocol, host = _reached_at(request, public_url)
    destination = {
        "apiKey": key,
        "apiHost": f"{host}/v1",
        "protocol": protocol,
        "unbundledIntegrations": [],
        "addBundledMetadata": False,
        "maybeBundledConfigIds": {},
        "type": "browser",
        "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
    }
    return _uncached(
        {
            "integrations": {"Segment.io": destination},
            "plan": {"track": _ALL_ENABLED, "identify": _ALL_ENABLED, "group": _ALL_ENABLED},
            "edgeFunction": {},
            "analyticsNextEnabled": True,
            "middlewareSettings": {},
            "enabledMiddleware": {},
            "metrics": {"sampleRate": 0, "host": f"{host}/v1"},
            "legacyVideoPluginsEnabled": False,
            "remotePlugins": [],
        }
    )


def rudder_source_config(request: Request, public_url: str) -> Response:
    """The answer to RudderStack's client: this source is enabled, and has no other destinations."""
    kind = request.authorize()
    protocol, host = _reached_at(request, public_url)
    key = request.query.get("writeKey", "") if kind == "write" else ""
    source = {
        "id": "maatwerk",
        "name": "maatwerk",
        "writeKey": key,
        "enabled": True,
        "workspaceId": "maatwerk",
        "config": {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}},
        "connections": [],
        "destinations": [],
        "dataplanes": {"US": [{"url": f"{protocol}://{host}", "default": True}]},
    }
    return _uncached({"source": source, "updatedAt": "2026-01-01T00:00:00.000Z"})


def _reached_at(request: Request, public_url: str) -> tuple[str, str]:
    """Scheme and host (with any path) under which browsers reach this server."""
    if public_url:
        protocol, _, host = public_url.rstrip("/").partition("://")
        return protocol, host
    host = request.header(b"host")
    if not _HOST.fullmatch(host):
        raise Refused("host_not_readable", "the Host header is not a host name", field="Host")
    return request.scope.get("scheme", "http"), host


def _uncached(content: dict[str, Any]) -> Response:
    return json_response(content, headers=[(b"cache-control", b"no-store")])
