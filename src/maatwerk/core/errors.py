"""What can go wrong, and whose turn it is.

    MaatwerkError
    ├── Refused        the caller can mend it: code, field, hint          (4xx, or a verdict in a batch)
    ├── Unavailable    the world failed for now: retry, or fall back      (503 + Retry-After)
    └── Impossible     our bug: loud                                      (500)

No plausible default stands in where the answer is "cannot say".
"""

from __future__ import annotations


class MaatwerkError(Exception):
    """The root, so that a surface can catch what is ours."""


class Refused(MaatwerkError):
    """The caller can mend this; says what is wrong, where, and how.

    ``status`` is the HTTP status a surface should answer with (always 4xx).
    """

    def __init__(self, code: str, detail: str, *, field: str = "", hint: str = "", status: int = 400) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field
        self.hint = hint
        self.status = status

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        remedy = f" ({self.hint})" if self.hint else ""
        return f"{where}{self.detail}{remedy}"


class Unavailable(MaatwerkError):
    """Something outside us failed; worth trying again after ``retry_after_seconds``."""

    def __init__(self, detail: str, *, code: str = "unavailable", retry_after_seconds: int = 1) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds


class Impossible(MaatwerkError):
    """A state that our own code promised cannot occur."""
