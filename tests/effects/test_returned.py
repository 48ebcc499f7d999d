"""What comes back of mail, as mailboxes and providers write it: read alike, and never guessed at."""

from __future__ import annotations

import json

import pytest

from maatwerk.core.errors import Refused
from maatwerk.effects.channels.returned import Return, read_returns

DSN = b"""From: MAILER-DAEMON@mx.example
To: hello@shop.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

It could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ada@ex.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b1
Content-Type: message/rfc822

Message-ID: <m-abc@shop.example>
Subject: In your bag

Hello
--b1--
"""

ARF = b"""From: fbl@provider.example
To: abuse@shop.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b2"

--b2
Content-Type: text/plain

A complaint.

--b2
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Provider/1.0
Version: 1
Original-Rcpt-To: <ada@ex.example>

--b2
Content-Type: text/rfc822-headers

Message-ID: <m-abc@shop.example>

--b2--
"""

SES = {
    "notificationType": "Bounce",
    "bounce": {
        "bounceType": "Transient",
        "bouncedRecipients": [{"emailAddress": "ada@ex.example", "status": "4.2.2"}],
    },
    "mail": {"commonHeaders": {"messageId": "<m-abc@shop.example>"}},
}


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (DSN, "hard", "5.1.1"),
        (DSN.replace(b"Status: 5.1.1", b"Status: 4.2.2"), "soft", "4.2.2"),
        (ARF, "complaint", ""),
        (json.dumps(SES).encode(), "soft", "4.2.2"),
        (json.dumps({"Type": "Notification", "Message": json.dumps(SES)}).encode(), "soft", "4.2.2"),
        (
            json.dumps(
                [
                    {
                        "event": "bounce",
                        "email": "ada@ex.example",
                        "smtp-id": "<m-abc@x.example>",
                        "status": "5.0.0",
                    }
                ]
            ).encode(),
            "hard",
            "5.0.0",
        ),
        (
            b'{"event-data": {"event": "complained", "recipient": "ada@ex.example",'
            b' "message": {"headers": {"message-id": "m-abc@shop.example"}}}}',
            "complaint",
            "",
        ),
        (
            b'{"RecordType": "Bounce", "Type": "HardBounce", "Email": "ada@ex.example",'
            b' "Metadata": {"message_id": "m-abc"}}',
            "hard",
            "",
        ),
    ],
)
def test_each_format_says_who_and_why(body: bytes, kind: str, code: str) -> None:
    (found,) = read_returns(body)
    assert (found.kind, found.message_id, found.address, found.code) == (
        kind,
        "m-abc",
        "ada@ex.example",
        code,
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"hello": 1}',
        b"[]",
        b'[{"event": "open", "email": "a@ex.example"}]',
        DSN.replace(b"Action: failed", b"Action: delayed"),
    ],
)
def test_what_is_no_end_is_passed_over(body: bytes) -> None:
    assert read_returns(body) == []


@pytest.mark.parametrize("body", [b"", b"{", b"Subject: hello\r\n\r\nWhen is my parcel coming?"])
def test_what_is_no_report_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_returns(body)
    assert refused.value.code == "returns_not_readable"


def test_a_return_without_a_message_still_names_the_address() -> None:
    assert read_returns(DSN.replace(b"Message-ID", b"X-Other")) == [
        Return("hard", "", "ada@ex.example", "5.1.1", "smtp; 550 5.1.1 no such user")
    ]
