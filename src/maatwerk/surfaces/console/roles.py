"""Who may do what in the console: six roles, and what a page needs of whoever asks for it."""

from __future__ import annotations

import enum


class Role(enum.StrEnum):
    """What somebody is here for. Each sees every page; what she may change follows from her role."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    MERCHANDISER = "merchandiser"
    MARKETER = "marketer"
    PRIVACY_OFFICER = "privacy_officer"
    ADMINISTRATOR = "administrator"


class Need(enum.Enum):
    """What a route asks for: the roles that have it. An administrator has each of them."""

    SEE = frozenset(Role)
    """Looking. Also asking for a preview, a difference, a replay: what changes nothing."""
    TAKE_OUT = frozenset({Role.ANALYST, Role.MARKETER, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR})
    """Taking lists of people or whole reports along as files."""
    EDIT = frozenset({Role.MERCHANDISER, Role.MARKETER, Role.ADMINISTRATOR})
    """Changing what shoppers get: rules of every kind."""
    PRIVACY = frozenset({Role.PRIVACY_OFFICER, Role.ADMINISTRATOR})
    """One person's ledger, her export, her erasure."""
    ADMINISTER = frozenset({Role.ADMINISTRATOR})
    """Accounts, keys, and what is nobody else's."""


LEAST: dict[Need, Role] = {
    Need.SEE: Role.VIEWER,
    Need.TAKE_OUT: Role.ANALYST,
    Need.EDIT: Role.MERCHANDISER,
    Need.PRIVACY: Role.PRIVACY_OFFICER,
    Need.ADMINISTER: Role.ADMINISTRATOR,
}
"""The least role that has it, to be named to whoever has it not."""


def may(role: str, need: Need) -> bool:
    """Whether a role has what a route needs; a role that is not known has nothing."""
    return role in need.value


def need_of(methods: tuple[object, ...]) -> Need:
    """What a page of these methods needs where it says nothing: looking is everyone's, changing an
    administrator's. A page that forgets to say is too strict, never too open."""
    said = next((each for each in methods if isinstance(each, Need)), None)
    if said is not None:
        return said
    return Need.SEE if set(methods) <= {"GET"} else Need.ADMINISTER
