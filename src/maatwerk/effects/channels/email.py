"""A letter as an e-mail: text and HTML from the same content, and the headers that bulk mail owes.

One-click unsubscription as in RFC 8058, its plain link and address as in RFC 2369.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from functools import cache
from typing import Any

from liquid import Environment, PackageLoader, StrictUndefined

from maatwerk.decisions.journeys.ready_made import ABANDONED_CART
from maatwerk.effects.channels.letter import Letter, Sender, mailbox, pairs, plain, tracked, wire_address

_WHOLE = frozenset({"list-unsubscribe", "message-id"})


class _Policy(EmailPolicy):
    """Writes long links as they are: the library would encode what it cannot fold, past all reading."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        """One header, in bytes."""
        if name.lower() in _WHOLE:
            return f"{name}: {value}\r\n".replace(", <", ",\r\n <").encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep=SMTP.linesep, max_line_length=78, cte_type="7bit")


def write(letter: Letter, at: Sender, to: str, message_id: str, unsubscribe_url: str, now: int) -> bytes:
    """The message as SMTP carries it. Raises `Refused` where the address cannot be written to."""
    mail = EmailMessage(policy=_POLICY)
    domain = at.address.rpartition("@")[2]
    mail["From"] = mailbox(at.display, at.address)
    mail["To"] = mailbox("", wire_address(to))
    mail["Subject"] = subject(letter, at)
    mail["Date"] = format_datetime(datetime.fromtimestamp(now / 1000, UTC))
    mail["Message-ID"] = f"<{message_id}@{domain}>"
    by_mail = f"mailto:{at.address}?subject=unsubscribe%20{message_id}"
    mail["List-Unsubscribe"] = f"<{unsubscribe_url}>, <{by_mail}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    values = _values(letter, at, unsubscribe_url)
    text = _environment("txt").get_template(letter.template or letter.journey).render(**values)
    html = _environment("html").get_template(letter.template or letter.journey).render(**values)
    mail.set_content(_tidy(text), cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return mail.as_bytes()


def subject(letter: Letter, at: Sender) -> str:
    """One line, and true."""
    first, more = letter.products[0].name, len(letter.products) - 1
    if letter.journey != ABANDONED_CART:
        return plain(f"{first} is back in stock")
    rest = f" and {more} more" if more else ""
    return plain(f"In your bag at {at.shop}: {first}{rest}")


def choices_url(unsubscribe_url: str) -> str:
    """Her page of privacy choices: the same token under another path."""
    before, _, token = unsubscribe_url.rpartition("/u/")
    return f"{before}/p/{token}"


def _values(letter: Letter, at: Sender, unsubscribe_url: str) -> dict[str, Any]:
    return {
        "subject": subject(letter, at),
        "shop": at.shop,
        "postal": at.postal,
        "step": letter.step,
        "first_name": letter.first_name,
        "rows": [[_fields(product) for product in row] for row in pairs(letter.products)],
        "count": len(letter.products),
        "gone": letter.gone,
        "action_url": tracked(letter.action_url, letter.journey),
        "unsubscribe_url": unsubscribe_url,
        "choices_url": choices_url(unsubscribe_url),
    }


def _fields(product: Any) -> dict[str, str]:
    return {name: getattr(product, name) for name in product.__struct_fields__}


def _tidy(text: str) -> str:
    """No more than one empty line in a row, none at either end."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines) + "\n"


@cache
def _environment(kind: str) -> Environment:
    return Environment(
        loader=PackageLoader("maatwerk.effects", package_path="templates", ext=f".{kind}.liquid"),
        autoescape=kind == "html",
        undefined=StrictUndefined,
    )
