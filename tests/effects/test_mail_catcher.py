"""The demo's mail catcher: what is sent to it can be read, safely."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage
from pathlib import Path

import httpx

from maatwerk.demo.mail import KEPT, Catcher, mail_app
from maatwerk.engines.smtp.mailer import SmtpMailer, server_of


def mail(subject: str, html: str = "<html><head></head><body><b>Hello</b></body></html>") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@shop.example", "ada@ex.example", subject
    message.set_content("Hello in text")
    message.add_alternative(html, subtype="html")
    return message.as_bytes()


async def handed_over(mailer: SmtpMailer, message: bytes, sender: str, recipient: str) -> None:
    await mailer.send(message, sender, recipient)
    await mailer.rest()


def get(folder: Path, path: str) -> httpx.Response:
    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app=mail_app(folder))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(path)

    return asyncio.run(answer())


def test_what_is_sent_can_be_read(tmp_path: Path) -> None:
    assert "No mail yet" in get(tmp_path, "/demo/mail").text
    catcher = Catcher(tmp_path / "mail", lambda: 1_764_547_200_000)
    catcher.start()
    try:
        mailer = SmtpMailer(server_of(catcher.smtp_url), seconds=5)
        asyncio.run(
            handed_over(
                mailer, mail("<script>alert(1)</script> A & B"), "shop@shop.example", "ada@ex.example"
            )
        )
    finally:
        catcher.stop()
    listed = get(tmp_path / "mail", "/demo/mail").text
    assert "1 mail caught" in listed
    assert "&lt;script&gt;alert(1)&lt;/script&gt; A &amp; B" in listed
    assert "<script>" not in listed
    (path,) = (tmp_path / "mail").glob("*.eml")
    page = get(tmp_path / "mail", f"/demo/mail/{path.stem}")
    assert "Hello in text" in page.text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    html = get(tmp_path / "mail", f"/demo/mail/{path.stem}/html")
    assert '<base target="_blank">' in html.text
    assert html.headers["content-security-policy"].startswith("sandbox allow-popups")
    mounted = get(tmp_path / "mail", f"/{path.stem}")
    assert mounted.text == page.text


def test_only_mails_are_shown_and_only_so_many_kept(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    (tmp_path / "secret.eml").write_bytes(mail("secret"))
    for number in range(KEPT + 5):
        (folder / f"{number:013d}-1.eml").write_bytes(mail(f"number {number}"))
    for bad in ("../secret", "..%2Fsecret", "0" * 13, "x"):
        assert get(folder, f"/demo/mail/{bad}").status_code == 404
    catcher = Catcher(folder, lambda: 1_764_547_200_000)
    catcher.start()
    try:
        asyncio.run(
            handed_over(
                SmtpMailer(server_of(catcher.smtp_url)), mail("new"), "a@shop.example", "b@ex.example"
            )
        )
    finally:
        catcher.stop()
    assert len(list(folder.glob("*.eml"))) == KEPT
    assert not (folder / f"{0:013d}-1.eml").exists()
