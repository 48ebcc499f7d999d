"""Telling another system by a signed POST: the Standard Webhooks headers, and no way into one's own network.

The address comes from the settings, yet what a name resolves to may be anybody's: it is resolved once, every
address must be a public one, and the connection goes to that very address. Redirects are not followed.

Signature: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import hmac
import http.client
import ipaddress
import socket
import ssl
from base64 import b64encode
from collections.abc import Sequence
from contextlib import closing
from hashlib import sha256
from urllib.parse import urlsplit

import msgspec

from maatwerk.core.errors import Refused

SECONDS = 10.0
_ANSWER_BYTES = 64 * 1024
_PORTS = {"https": 443, "http": 80}
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_NEVER = frozenset({400, 401, 403, 404, 405, 410, 413, 422})


class NotTold(Exception):
    """Not taken now; worth another try."""


class NeverTold(Exception):
    """Not taken, and it would not be another time."""


class Endpoint(msgspec.Struct, frozen=True):
    """Where to. ``namespaces``: by what the other system knows people, after ``#`` in the address."""

    scheme: str
    host: str
    port: int
    path: str
    namespaces: tuple[str, ...]

    @property
    def shown(self) -> str:
        """Without what a path may hold of secrets."""
        return f"{self.scheme}://{self.host}:{self.port}"


def endpoint_of(address: str, field: str = "erasure_webhooks") -> Endpoint:
    """The endpoint of ``https://host/path#user_id,email``. Raises `Refused`."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
        raise Refused(
            "webhook_not_valid",
            f"{address[:80]!r} is no address of a webhook",
            field=field,
            hint="as in https://mailer.example.com/hooks/maatwerk#email",
        )
    spaces = tuple(filter(None, parts.fragment.split(","))) or ("user_id",)
    unknown = set(spaces) - {"user_id", "email", "phone", "anonymous_id"}
    if unknown:
        raise Refused(
            "webhook_not_valid",
            f"{sorted(unknown)[0]!r} is no namespace",
            field=field,
            hint="after # stand user_id, email, phone or anonymous_id, with commas between",
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], path, spaces)


def headers(message_id: str, seconds: int, body: bytes, key: bytes) -> dict[str, str]:
    """Those of the Standard Webhooks specification; ``seconds`` since the epoch."""
    signed = f"{message_id}.{seconds}.".encode() + body
    signature = b64encode(hmac.new(key, signed, sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "user-agent": "Maatwerk",
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{signature}",
    }


def post(
    endpoint: Endpoint,
    body: bytes,
    sent: dict[str, str],
    allowed: Sequence[str] = (),
    seconds: float = SECONDS,
) -> None:
    """Returns when it was taken (2xx); raises `NotTold` or `NeverTold`.

    ``allowed``: ``host:port`` in one's own network that may be told all the same, over plain HTTP too.
    """
    trusted = f"{endpoint.host}:{endpoint.port}" in allowed
    if not trusted and (endpoint.scheme != "https" or endpoint.port != _PORTS["https"]):
        raise NeverTold("only https on port 443 is spoken to; webhook_allow names exceptions")
    connection = _Connection(endpoint, _address(endpoint, trusted), seconds)
    try:
        with closing(connection):
            connection.request("POST", endpoint.path, body, sent)
            answer = connection.getresponse()
            answer.read(_ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as fault:
        raise NotTold(f"{type(fault).__name__}: {fault}"[:200]) from None
    if 200 <= answer.status < 300:
        return
    if answer.status in _NEVER or 300 <= answer.status < 400:
        raise NeverTold(f"answered {answer.status}")
    raise NotTold(f"answered {answer.status}")


def is_public(address: str) -> bool:
    """Whether an IP address is out in the world: neither private, shared, local nor a disguise of one."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _TRANSLATED:
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(str(inside))
    return ip.is_global and not ip.is_multicast


def _address(endpoint: Endpoint, trusted: bool) -> str:
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except OSError as fault:
        raise NotTold(f"{endpoint.host} is not found: {fault}") from None
    addresses = [str(each[4][0]).partition("%")[0] for each in found]
    if not trusted and not all(map(is_public, addresses)):
        raise NeverTold(f"{endpoint.host} is in a private network; webhook_allow names exceptions")
    return addresses[0]


class _Connection(http.client.HTTPConnection):
    """Connects to the address that was checked, and speaks to the host that was named."""

    def __init__(self, endpoint: Endpoint, address: str, seconds: float) -> None:
        super().__init__(endpoint.host, endpoint.port, timeout=seconds)
        self._endpoint = endpoint
        self._address = address

    def connect(self) -> None:
        """Open the connection."""
        opened = socket.create_connection((self._address, self._endpoint.port), self.timeout)
        if self._endpoint.scheme == "https":
            context = ssl.create_default_context()
            opened = context.wrap_socket(opened, server_hostname=self._endpoint.host)
        self.sock = opened
