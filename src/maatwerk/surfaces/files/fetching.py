"""A file from the web, kept where it was asked for: exports and feeds are often an address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from maatwerk.core.errors import Refused

BYTES = 4 * 1024 * 1024 * 1024
_BLOCK_BYTES = 1024 * 1024
_SECONDS = 60.0


def is_url(text: str) -> bool:
    """Whether it is an address rather than a path."""
    return urlsplit(text).scheme.lower() in ("http", "https")


def fetch(url: str, folder: Path, read_so_far: Callable[[int], None] = lambda _: None) -> Path:
    """Download to a file of the address's own name in ``folder``. ``read_so_far`` hears of the bytes read.

    Raises `Refused` (``url_not_readable``) where the server does not answer with a file, and
    (``file_too_large``) past 4 GiB. Other schemes than http and https are not followed.
    """
    name = Path(urlsplit(url).path).name or "download"
    target = folder / name
    size = 0
    try:
        request = Request(url, headers={"user-agent": "maatwerk-import", "accept-encoding": "identity"})
        with build_opener(_Web).open(request, timeout=_SECONDS) as answer, target.open("wb") as file:
            while block := answer.read(_BLOCK_BYTES):
                size += len(block)
                if size > BYTES:
                    raise Refused("file_too_large", f"{url[:200]} is larger than {BYTES} bytes")
                file.write(block)
                read_so_far(size)
    except (URLError, OSError, ValueError) as fault:
        if isinstance(fault, HTTPError):
            fault.close()  # it holds the connection
        raise Refused(
            "url_not_readable",
            f"cannot read {url[:200]}: {getattr(fault, 'reason', fault)}",
            hint="open it in a browser; is a sign-in needed?",
        ) from None
    return target


class _Web(HTTPRedirectHandler):
    """Follows redirections within the web alone."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        """None where an answer points elsewhere."""
        return super().redirect_request(req, fp, code, msg, headers, newurl) if is_url(newurl) else None
