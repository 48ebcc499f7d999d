"""The console: what a merchant sees. Pages are rendered here from what flows answer; nothing is decided here.

Each page answers one question. Reads that may take long run in a thread and are kept for some seconds, so
that a console that is open all day costs the shop's requests nothing.
"""

from maatwerk.surfaces.console.access import ConsoleAccess
from maatwerk.surfaces.console.application import console_app

__all__ = ["ConsoleAccess", "console_app"]
