"""What mailbox and mail providers send back: bounces, complaints and deliveries, in the formats they write.

Delivery status notifications (RFC 3464), feedback reports (ARF, RFC 5965), and the webhooks of Amazon SES
(also wrapped by SNS), SendGrid, Mailgun and Postmark. What says neither message nor address is passed
over.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import Message as Mail
from typing import Any

import msgspec

from maatwerk.core.errors import Refused

HARD, SOFT, COMPLAINT, DELIVERED = "hard", "soft", "complaint", "delivered"
_ID = re.compile(r"<([^<>@\s]{1,200})@[^<>\s]{1,255}>")
_DECODE = msgspec.json.Decoder().decode
_MOST = 1_000


class Return(msgspec.Struct, frozen=True):
    """One thing that came back: ``kind`` is one of the four above, ``code`` a status (``5.1.1``)."""

    kind: str
    message_id: str = ""
    address: str = ""
    code: str = ""
    detail: str = ""


def read_returns(body: bytes) -> list[Return]:
    """What a report or a webhook's body says. Raises `Refused` where it is neither."""
    if body.lstrip()[:1] in (b"{", b"["):
        try:
            said = _DECODE(body)
        except msgspec.DecodeError as fault:
            raise Refused("returns_not_readable", str(fault), field="body") from None
        found = list(_of_json(said))
    else:
        found = list(_of_mail(email.message_from_bytes(body, policy=email.policy.compat32)))
    return [each for each in found[:_MOST] if each.message_id or each.address]


def _of_mail(mail: Mail) -> Iterator[Return]:
    kind = str(mail.get_param("report-type", "")).lower()
    parts = list(mail.walk())
    original = next((_named(p) for p in parts if p.get_content_type() in _RETURNED), "")
    if kind == "feedback-report":
        fields = next((p for p in parts if p.get_content_type() == "message/feedback-report"), None)
        told = _fields(fields) if fields is not None else {}
        address = told.get("original-rcpt-to", "").strip("<> ")
        yield Return(COMPLAINT, original, address, detail=told.get("feedback-type", "")[:80])
        return
    status = next((p for p in parts if p.get_content_type() == "message/delivery-status"), None)
    if status is None:
        raise Refused(
            "returns_not_readable", "this is neither a delivery status notification nor a feedback report",
            field="body", hint="send the message as it lies in the mailbox, or a provider's JSON",
        )  # fmt: skip
    blocks = status.get_payload()
    for block in [each for each in blocks if isinstance(each, Mail)] if isinstance(blocks, list) else []:
        action = str(block.get("Action", "")).strip().lower()
        if action not in ("failed", "delayed", "delivered"):
            continue
        code = str(block.get("Status", "")).split()[0] if block.get("Status") else ""
        address = str(block.get("Final-Recipient", "")).rpartition(";")[2].strip()
        detail = str(block.get("Diagnostic-Code", ""))[:160].replace("\n", " ")
        if action == "delayed":
            continue  # it is still being tried
        yield Return(
            DELIVERED if action == "delivered" else HARD if code.startswith("5") else SOFT,
            original,
            address,
            code,
            detail,
        )


_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers"})


def _named(part: Mail) -> str:
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Mail):
        return _id(str(payload[0].get("Message-ID", "")))
    headers = email.message_from_string(str(payload), policy=email.policy.compat32)
    return _id(str(headers.get("Message-ID", "")))


def _fields(part: Mail) -> dict[str, str]:
    payload = part.get_payload()
    text = str(payload[0]) if isinstance(payload, list) and payload else str(payload)
    lines = (line.partition(":") for line in text.splitlines())
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}


def _of_json(said: Any) -> Iterator[Return]:
    for each in said if isinstance(said, list) else [said]:
        if isinstance(each, dict):
            yield from _one(each)


def _one(said: dict[str, Any]) -> Iterator[Return]:
    if said.get("Type") == "Notification" and isinstance(said.get("Message"), str):
        try:
            yield from _of_json(_DECODE(said["Message"]))
        except msgspec.DecodeError:
            return
    elif "mail" in said and ("notificationType" in said or "eventType" in said):
        yield from _ses(said)
    elif "RecordType" in said:
        yield from _postmark(said)
    elif isinstance(said.get("event-data"), dict):
        yield from _mailgun(said["event-data"])
    elif "event" in said:
        yield from _sendgrid(said)


def _ses(said: dict[str, Any]) -> Iterator[Return]:
    kind = str(said.get("notificationType") or said.get("eventType"))
    mail = _table(said["mail"])
    message = _id(str(_table(mail.get("commonHeaders")).get("messageId", "")))
    if kind == "Bounce":
        bounce = _table(said.get("bounce"))
        hard = bounce.get("bounceType") == "Permanent"
        for who in _tables(bounce.get("bouncedRecipients")):
            detail = str(who.get("diagnosticCode", ""))[:160]
            yield Return(
                HARD if hard else SOFT, message, _text(who, "emailAddress"), _text(who, "status"), detail
            )
    elif kind == "Complaint":
        for who in _tables(_table(said.get("complaint")).get("complainedRecipients")):
            yield Return(COMPLAINT, message, _text(who, "emailAddress"))
    elif kind == "Delivery":
        for address in _table(said.get("delivery")).get("recipients") or ():
            yield Return(DELIVERED, message, str(address))


def _sendgrid(said: dict[str, Any]) -> Iterator[Return]:
    event, blocked = said.get("event"), said.get("type") == "blocked"
    kinds = {"bounce": SOFT if blocked else HARD, "spamreport": COMPLAINT, "delivered": DELIVERED}
    if event in kinds:
        message = _id(_text(said, "smtp-id"))
        yield Return(
            kinds[event], message, _text(said, "email"), _text(said, "status"), _text(said, "reason")[:160]
        )


def _mailgun(said: dict[str, Any]) -> Iterator[Return]:
    event = said.get("event")
    headers = _table(_table(said.get("message")).get("headers"))
    message = _id(f"<{_text(headers, 'message-id').strip('<>')}>")
    status = _table(said.get("delivery-status"))
    kind = {"complained": COMPLAINT, "delivered": DELIVERED}.get(str(event), "")
    if event == "failed":
        kind = HARD if said.get("severity") == "permanent" else SOFT
    if kind:
        yield Return(
            kind, message, _text(said, "recipient"), _text(status, "enhanced-code"),
            _text(status, "message")[:160],
        )  # fmt: skip


def _postmark(said: dict[str, Any]) -> Iterator[Return]:
    kind = str(said.get("RecordType"))
    message = _text(_table(said.get("Metadata")), "message_id")
    if kind == "Bounce":
        hard = said.get("Type") in ("HardBounce", "BadEmailAddress", "ManuallyDeactivated")
        detail = _text(said, "Details")[:160]
        yield Return(HARD if hard else SOFT, message, _text(said, "Email"), detail=detail)
    elif kind == "SpamComplaint":
        yield Return(COMPLAINT, message, _text(said, "Email"))
    elif kind == "Delivery":
        yield Return(DELIVERED, message, _text(said, "Recipient"))


def _id(text: str) -> str:
    found = _ID.search(text)
    return found.group(1) if found else ""


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _tables(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(said: dict[str, Any], name: str) -> str:
    return str(said.get(name) or "")
