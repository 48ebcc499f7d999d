"""A message as an e-mail: text and HTML from the same content, and the headers that bulk mail owes.

One-click unsubscription as in RFC 8058, its plain link and address as in RFC 2369, the list as in RFC 2919, a
signature as in RFC 6376 where the shop has a key.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any

import dkim
import msgspec

from maatwerk.core.errors import Refused
from maatwerk.effects.channels.letter import Sender, mailbox, wire_address
from maatwerk.effects.channels.render import Rendered

_WHOLE = frozenset({"list-unsubscribe", "message-id", "list-id"})
_SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type", b"list-unsubscribe",
    b"list-unsubscribe-post", b"list-id",
)  # fmt: skip


class _Policy(EmailPolicy):
    """Writes long links as they are: the library would encode what it cannot fold, past all reading."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        """One header, in bytes."""
        if name.lower() in _WHOLE:
            return f"{name}: {value}\r\n".replace(", <", ",\r\n <").encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep=SMTP.linesep, max_line_length=78, cte_type="7bit")


class Envelope(msgspec.Struct, frozen=True):
    """What stands around a message. ``unsubscribe_url`` is empty for what is owed to her."""

    to: str
    message_id: str
    unsubscribe_url: str
    source: str
    topic: str
    now: int


class Signing(msgspec.Struct, frozen=True):
    """The shop's DKIM key: ``selector._domainkey.domain`` publishes its public half."""

    domain: str
    selector: str
    key: bytes


def signing(domain: str, selector: str, key: bytes) -> Signing:
    """The key, tried once. Raises `Refused` naming the setting."""
    made = Signing(domain, selector, key)
    try:
        sign(made, b"From: a@b.example\r\n\r\nHello\r\n")
    except (dkim.DKIMException, ValueError, TypeError) as fault:
        raise Refused(
            "dkim_key_not_valid", str(fault)[:160], field="dkim_key_file", hint="an RSA private key in PEM"
        ) from None
    return made


def sign(by: Signing, mail: bytes) -> bytes:
    """The mail with its signature in front."""
    header: bytes = dkim.sign(
        mail, by.selector.encode(), by.domain.encode(), by.key, include_headers=[*_SIGNED],
        canonicalize=(b"relaxed", b"relaxed"),
    )  # fmt: skip
    return header + mail


def write(rendered: Rendered, at: Sender, around: Envelope, by: Signing | None = None) -> bytes:
    """The message as SMTP carries it. Raises `Refused` where the address cannot be written to."""
    mail = EmailMessage(policy=_POLICY)
    domain = at.address.rpartition("@")[2]
    mail["From"] = mailbox(at.display, at.address)
    mail["To"] = mailbox("", wire_address(around.to))
    mail["Subject"] = rendered.subject
    mail["Date"] = format_datetime(datetime.fromtimestamp(around.now / 1000, UTC))
    mail["Message-ID"] = f"<{around.message_id}@{domain}>"
    if around.unsubscribe_url:
        by_mail = f"mailto:{at.address}?subject=unsubscribe%20{around.message_id}"
        mail["List-Unsubscribe"] = f"<{around.unsubscribe_url}>, <{by_mail}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail["List-Id"] = f"<{_label(around.topic)}.{domain}>"
    mail["Feedback-ID"] = f"{_label(around.source)}:{_label(around.topic)}:maatwerk"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(rendered.text, cte="quoted-printable")
    mail.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    content = mail.as_bytes()
    return sign(by, content) if by else content


def choices_url(unsubscribe_url: str) -> str:
    """Her page of choices: the same token under another path."""
    before, _, token = unsubscribe_url.rpartition("/u/")
    return f"{before}/p/{token}"


def _label(text: str) -> str:
    return "".join(each if each.isascii() and each.isalnum() else "-" for each in text) or "mail"
