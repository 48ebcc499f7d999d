"""The workspace's keys: write keys as they are, of secret keys only the hash and the signing secret.

The signing secret is HMAC-SHA256(secret key, "maatwerk/user-signature/v1"), as the HTTP contract
says; it lets the server check a signed user without keeping the secret key.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator
from hashlib import sha256
from typing import Literal

import msgspec

from maatwerk.core.errors import Refused
from maatwerk.core.time import Clock
from maatwerk.engines.files.workspace import Workspace, write_whole

SIGNATURE_VERSION = b"maatwerk/user-signature/v1"


class WriteKey(msgspec.Struct):
    """A public key: it may send events and ask for decisions."""

    key: str
    created: int


class SecretKey(msgspec.Struct):
    """A secret key's traces. ``until``: when it stops to count (ms; 0: never), for rotation."""

    hash: str
    signing: str
    created: int
    hint: str = ""
    until: int = 0


class KeyFile(msgspec.Struct):
    """What `keys.json` holds."""

    write: list[WriteKey] = []
    secret: list[SecretKey] = []
    erasure: str = ""
    """Keys the hashes of the list of erasures, signs receipts (hex); never rotated."""


class Keys:
    """Checks keys and user signatures; rotates them."""

    def __init__(
        self, workspace: Workspace, clock: Clock, *, write_key: str = "", secret_key: str = ""
    ) -> None:
        self._workspace = workspace
        self._clock = clock
        self._set_write = write_key
        self._set_secret = trace(secret_key, 0) if secret_key else None
        self._stamp = 0
        self._file = KeyFile()
        self._read()

    def check(self, key: str) -> Literal["write", "secret"] | None:
        """What a key may do."""
        digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        kind: Literal["write", "secret"] | None = None
        for ours in self._write_keys():
            if hmac.compare_digest(ours.encode(), key.encode("utf-8", "surrogatepass")):
                kind = "write"
        for secret in self._secrets():
            if hmac.compare_digest(secret.hash, digest):
                kind = "secret"
        return kind

    def signed(self, user_id: str, signature: str) -> bool:
        """Whether a signature of this user was made with a secret key in force."""
        valid = False
        for secret in self._secrets():
            right = hmac.new(secret.signing.encode(), user_id.encode("utf-8", "surrogatepass"), sha256)
            valid |= hmac.compare_digest(
                right.hexdigest(), signature.lower().encode().decode("ascii", "replace")
            )
        return valid

    @property
    def write_key(self) -> str:
        """The write key to show to the shop."""
        return next(self._write_keys(), "")

    @property
    def signing_secret(self) -> str:
        """The newest signing secret, also the seed of what the server itself signs (unsubscribe links)."""
        secrets_in_force = list(self._secrets())
        return secrets_in_force[-1].signing if secrets_in_force else ""

    def refresh(self) -> None:
        """Read the file again if it changed."""
        try:
            stamp = self._workspace.keys.stat().st_mtime_ns
        except FileNotFoundError:
            return
        if stamp != self._stamp:
            self._read()

    def _read(self) -> None:
        path = self._workspace.keys
        if path.exists():
            self._stamp = path.stat().st_mtime_ns
            try:
                self._file = msgspec.json.decode(path.read_bytes(), type=KeyFile)
            except msgspec.MsgspecError as error:
                raise Refused("keys_not_readable", str(error), field=path.name) from None

    def _write_keys(self) -> Iterator[str]:
        if self._set_write:
            yield self._set_write
        for key in self._file.write:
            yield key.key

    def _secrets(self) -> Iterator[SecretKey]:
        now = self._clock()
        yield from (secret for secret in self._file.secret if not secret.until or secret.until > now)
        if self._set_secret is not None:
            yield self._set_secret


def first_keys(workspace: Workspace, now: int) -> tuple[str, str] | None:
    """Make a new workspace's keys and write them, once, to a file only its owner can read."""
    if workspace.keys.exists():
        return None
    write, secret = f"wk_{secrets.token_urlsafe(18)}", f"sk_{secrets.token_urlsafe(32)}"
    save(workspace, KeyFile([WriteKey(write, now)], [trace(secret, now)]))
    text = (
        f"write key:  {write}\nsecret key: {secret}\n\n"
        "The secret key is kept nowhere else. Move it to a safe place.\n"
    )
    write_whole(workspace.first_keys, text.encode(), mode=0o600)
    return write, secret


def rotate_secret(workspace: Workspace, now: int, overlap_ms: int) -> str:
    """A new secret key; those before it count for ``overlap_ms`` more."""
    file = load(workspace)
    for old in file.secret:
        old.until = min(old.until or now + overlap_ms, now + overlap_ms)
    secret = f"sk_{secrets.token_urlsafe(32)}"
    still = [old for old in file.secret if old.until > now]
    file.secret = [*still[-1:], trace(secret, now)]
    save(workspace, file)
    return secret


def erasure_key(workspace: Workspace) -> bytes:
    """The workspace's erasure key, made once."""
    file = load(workspace)
    if not file.erasure:
        file.erasure = secrets.token_hex(32)
        save(workspace, file)
    return bytes.fromhex(file.erasure)


def load(workspace: Workspace) -> KeyFile:
    """The key file of a workspace."""
    if not workspace.keys.exists():
        return KeyFile()
    return msgspec.json.decode(workspace.keys.read_bytes(), type=KeyFile)


def save(workspace: Workspace, file: KeyFile) -> None:
    """Write the key file, readable by its owner alone."""
    write_whole(workspace.keys, msgspec.json.format(msgspec.json.encode(file)), mode=0o600)


def trace(secret: str, now: int) -> SecretKey:
    """What is kept of a secret key."""
    signing = hmac.new(secret.encode(), SIGNATURE_VERSION, sha256).hexdigest()
    return SecretKey(sha256(secret.encode()).hexdigest(), signing, now, hint=f"{secret[:3]}…{secret[-4:]}")
