"""Hashes and checks passwords. One at a time in a process: each takes 64 MiB and a twentieth of a second."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError


class Passwords:
    """See `maatwerk.flows.accounts.Hashing`."""

    def __init__(self, time_cost: int = 3, memory_kib: int = 65_536) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib)
        self._one = threading.Lock()
        self._nobody = ""

    def hashed(self, password: str) -> str:
        """What is kept of a password."""
        with self._one:
            return self._hasher.hash(password)

    def right(self, kept: str, password: str) -> bool:
        """Whether it is the password; takes as long where nothing is kept, so that time tells nothing."""
        with self._one:
            if not kept:
                self._nobody = self._nobody or self._hasher.hash("nobody")
            try:
                self._hasher.verify(kept or self._nobody, password)
            except (Argon2Error, InvalidHashError):
                return False
            return bool(kept)
