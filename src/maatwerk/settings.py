"""Process settings: where things are and how much of them. One frozen record, read once.

`maatwerk.toml` of the workspace is read first, `MAATWERK_*` variables stand over it. What the
merchant wants (placements, units, journeys) is not here: those are rules.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from maatwerk.core.errors import Refused

FILE_NAME = "maatwerk.toml"
_LISTS = frozenset({"origins", "navigation", "erasure_webhooks", "webhook_allow"})
PREFIX = "MAATWERK_"


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds for a purpose that neither the request nor the ledger states."""

    storage: bool = True
    analytics: bool = True
    personalization: bool = True
    advertising: bool = True
    email: bool = False
    sms: bool = False
    push: bool = False


class Framework(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """IAB TCF: the shop's number in the vendor list, and the framework's purposes that each of ours needs.

    Without a number only the publisher's part of a string counts.
    """

    vendor: int = 0
    storage: tuple[int, ...] = (1,)
    analytics: tuple[int, ...] = (8, 9, 10)
    personalization: tuple[int, ...] = (3, 4)
    advertising: tuple[int, ...] = (3, 4, 7)


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How identifiers lead to people."""

    email_merge: Literal["verified", "any"] = "verified"
    """Which e-mail addresses join a visitor's history to an account: verified ones, or any."""
    namespaces: dict[str, str] = {}
    """The shop's own namespaces, each with the trait that tells it (``loyalty_number = "loyaltyNumber"``)."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every setting, its default, and its unit in its name.

    In the file a setting is written as it is called here; in the environment in capitals after
    ``MAATWERK_`` (``MAATWERK_PUBLIC_URL``). ``consent`` and ``tcf`` are tables in the file.
    """

    name: str = "My shop"
    """The shop's name, in messages and in the console."""
    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 2
    """Request workers; each is one process."""
    public_url: str = ""
    """Where shoppers' browsers reach this server; links in messages begin with it."""
    shop_url: str = ""
    """Where the shop is; relative product links in messages begin with it. Default: ``public_url``."""
    cart_url: str = ""
    """Where a reminder's call to action leads, absolute or under ``shop_url`` (``/cart``)."""
    write_key: str = ""
    secret_key: str = ""
    origins: tuple[str, ...] = ()
    """Origins that may use the write key from a browser; empty: any."""
    navigation: tuple[str, ...] = ()
    """The shop's own order of its top categories; those it does not name follow by name."""
    currency: str = "EUR"
    """The reporting currency, and that of amounts that state none."""
    timezone: str = "UTC"
    smtp_url: str = ""
    """``smtp://user:password@host:port``, or ``smtps://``; empty: no mail is sent, and the outbox says so."""
    mail_from: str = ""
    mail_address: str = ""
    """The sender's postal address, which the law wants at the foot of a marketing mail."""
    dkim_key_file: str = ""
    """The RSA private key (PEM) that signs mail; empty: the mail server signs, or nobody does."""
    dkim_selector: str = "maatwerk"
    """Where the public half is published: ``selector._domainkey`` of the sender's domain."""
    clock_speed: float = 1.0
    """How many times faster than real time the workspace's clock runs (demos and tests)."""
    holdout_share: float = 0.0
    """Share of shoppers in [0, 1] who get the impersonal shop, so that the difference can be told."""
    train_every_seconds: int = 180
    """0: only when asked, by `maatwerk train` or after an erasure."""
    seal_every_seconds: int = 60
    events_days: int = 395
    """What shoppers did is kept so long (13 months), in the log, the sealed history and the profiles."""
    proofs_days: int = 1_825
    """Answers about consent, objections and unsubscriptions: the proof outlives what was done under it."""
    decisions_days: int = 90
    rejected_days: int = 30
    decide_deadline_ms: int = 100
    """A slot not decided by then gets its fallback, flagged."""
    sample_share: float = 0.02
    """Share of decisions whose full candidate list is kept, besides those asked with ``explain``."""
    seed: str = "maatwerk"
    """Keys all chance: assignment, exploration."""
    backups_days: int = 30
    """A backup is deleted so long after it was made: until then it may hold somebody who was erased since."""
    erasure_webhooks: tuple[str, ...] = ()
    """Processors to tell that somebody was erased: ``https://host/path#email`` (after # what they know)."""
    webhook_allow: tuple[str, ...] = ()
    """``host:port`` in one's own network that webhooks may be sent to all the same."""
    webhook_secret: str = ""
    """``whsec_…``, which signs webhooks; empty: the workspace's own (`maatwerk keys` shows it)."""
    log_level: str = "info"
    consent: Consent = Consent()
    identity: Identity = Identity()
    tcf: Framework = Framework()


def read_settings(
    workspace: Path, environment: Mapping[str, str] | None = None, **overrides: Any
) -> Settings:
    """The settings of a workspace. Raises `Refused` naming the setting and its place when one is wrong.

    ``overrides`` are those of the command line and stand over both; None means not given.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    path = workspace / FILE_NAME
    if path.exists():
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Refused("settings_not_readable", str(error), field=FILE_NAME) from None
    for field in Settings.__struct_fields__:
        text = environment.get(PREFIX + field.upper())
        if text is not None and field not in ("consent", "tcf"):
            values[field] = tuple(text.split()) if field in _LISTS else text
    values |= {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise Refused(
            "setting_not_valid",
            str(error),
            field=FILE_NAME,
            hint=f"check {path.name} and {PREFIX}* variables",
        ) from None
    return _checked(settings)


def _checked(settings: Settings) -> Settings:
    for name, low, high in (
        ("holdout_share", 0.0, 0.9),
        ("sample_share", 0.0, 1.0),
        ("workers", 1, 64),
        ("port", 0, 65_535),
        ("clock_speed", 0.001, 1_000_000.0),
        ("train_every_seconds", 0, 86_400),
        ("seal_every_seconds", 1, 86_400),
        ("decide_deadline_ms", 1, 60_000),
        ("events_days", 31, 36_500),
        ("proofs_days", 31, 36_500),
        ("decisions_days", 1, 36_500),
        ("rejected_days", 1, 36_500),
        ("backups_days", 1, 35),
    ):
        value = getattr(settings, name)
        if not low <= value <= high:
            raise Refused("setting_out_of_range", f"{value} is not between {low} and {high}", field=name)
    return settings
