"""Accounts of the console: who may sign in, as what, and what was done by whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from maatwerk.core.errors import Refused

ACCOUNT, ENDED, AUDIT = "account", "session_ended", "audit"
ROLES = ("viewer", "analyst", "merchandiser", "marketer", "privacy_officer", "administrator")
PASSWORD_LEAST, PASSWORD_MOST = 12, 128
AUDIT_KEPT = 20_000
_EMAIL_MOST = 254


class Kept(Protocol):
    """Where they are kept: values by kind and key, in the order of their keys."""

    def get(self, kind: str, key: str) -> bytes | None:
        """One value."""

    def put(self, kind: str, key: str, value: bytes) -> None:
        """Keep a value."""

    def items(self, kind: str) -> dict[str, bytes]:
        """All values of a kind."""

    def newest(self, kind: str, limit: int, before: str = "") -> list[tuple[str, bytes]]:
        """The last by key, newest first, those before a key where one is given."""

    def trim(self, kind: str, keep: int) -> int:
        """Forget all but the last so many; how many."""


class Hashing(Protocol):
    """Keeps passwords so that nobody can read them back."""

    def hashed(self, password: str) -> str:
        """What is kept of a password."""

    def right(self, kept: str, password: str) -> bool:
        """Whether it is the password."""


class Account(msgspec.Struct, frozen=True):
    """Somebody who may sign in. ``stamp`` changes with the password or the role: older sessions end then."""

    email: str
    role: str
    password: str
    created: int
    stamp: str
    disabled: bool = False


class Entry(msgspec.Struct, frozen=True):
    """One line of the audit log: who did what, to what, from which address."""

    at: int
    who: str
    what: str
    subject: str = ""
    address: str = ""


class Accounts:
    """The accounts of one workspace. ``clock`` in ms; ``chance`` makes random bytes."""

    def __init__(
        self, kept: Kept, hashing: Hashing, clock: Callable[[], int], chance: Callable[[int], bytes]
    ) -> None:
        self._kept = kept
        self._hashing = hashing
        self._clock = clock
        self._chance = chance

    def all(self) -> list[Account]:
        """By e-mail address."""
        return [msgspec.json.decode(each, type=Account) for each in self._kept.items(ACCOUNT).values()]

    def get(self, email: str) -> Account | None:
        """One, by its address in any case."""
        found = self._kept.get(ACCOUNT, _key(email))
        return msgspec.json.decode(found, type=Account) if found else None

    def add(self, email: str, role: str, password: str) -> Account:
        """A new one. Raises `Refused` with the field that is wrong."""
        email = email.strip()
        if not (3 <= len(email) <= _EMAIL_MOST and email.count("@") == 1 and email.isprintable()):
            raise Refused("email_not_valid", "this is no e-mail address", field="email")
        if self.get(email) is not None:
            raise Refused("account_exists", "there is an account of this address", field="email", status=409)
        _check_role(role)
        _check_password(email, password)
        account = Account(email, role, self._hashing.hashed(password), self._clock(), self._stamp())
        return self._put(account)

    def change(
        self, email: str, *, role: str = "", password: str = "", disabled: bool | None = None
    ) -> Account:
        """Another role or password, or no more access; sessions of it end. Raises `Refused`.

        The last administrator who may sign in stays one.
        """
        account = self.get(email)
        if account is None:
            raise Refused(
                "account_not_found", "there is no account of this address", field="email", status=404
            )
        if role:
            _check_role(role)
        if password:
            _check_password(account.email, password)
        changed = msgspec.structs.replace(
            account,
            role=role or account.role,
            password=self._hashing.hashed(password) if password else account.password,
            disabled=account.disabled if disabled is None else disabled,
            stamp=self._stamp(),
        )
        if _leads(account) and not _leads(changed) and sum(map(_leads, self.all())) == 1:
            raise Refused(
                "last_administrator", "somebody has to stay administrator", field="role", status=409
            )
        return self._put(changed)

    def sign_in(self, email: str, password: str) -> Account | None:
        """The account, where the password is right and it is not disabled."""
        account = self.get(email)
        right = self._hashing.right(account.password if account else "", password[:PASSWORD_MOST])
        return account if account and right and not account.disabled else None

    def end(self, session: str) -> None:
        """A session is over, wherever its cookie went."""
        self._kept.put(ENDED, session, b"1")

    def ended(self, session: str) -> bool:
        """Whether it is."""
        return self._kept.get(ENDED, session) is not None

    def note(self, who: str, what: str, subject: str = "", address: str = "") -> None:
        """Write a line of the audit log. It names no shopper: what is erased must not live on here."""
        at = self._clock()
        entry = Entry(at, who[:_EMAIL_MOST], what[:200], subject[:200], address[:64])
        key = f"{at:014d}-{self._stamp()}"
        self._kept.put(AUDIT, key, msgspec.json.encode(entry))
        if key[-1] == "0":  # one time in sixteen is often enough
            self._kept.trim(AUDIT, AUDIT_KEPT)

    def audit(self, limit: int, before: str = "") -> list[tuple[str, Entry]]:
        """Its lines, newest first, each with its key."""
        found = self._kept.newest(AUDIT, limit, before)
        return [(key, msgspec.json.decode(each, type=Entry)) for key, each in found]

    def _put(self, account: Account) -> Account:
        self._kept.put(ACCOUNT, _key(account.email), msgspec.json.encode(account))
        return account

    def _stamp(self) -> str:
        return self._chance(8).hex()


def _leads(account: Account) -> bool:
    return account.role == "administrator" and not account.disabled


def _key(email: str) -> str:
    return email.strip().casefold()[:_EMAIL_MOST]


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise Refused("role_not_known", f"a role is one of {', '.join(ROLES)}", field="role")


def _check_password(email: str, password: str) -> None:
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
        raise Refused(
            "password_length",
            f"a password has {PASSWORD_LEAST} to {PASSWORD_MOST} characters",
            field="password",
            hint="four words that nobody would put together are good",
        )
    if len(set(password)) < 5 or email.partition("@")[0].casefold() in password.casefold():
        raise Refused("password_guessable", "this password is easily guessed", field="password")
