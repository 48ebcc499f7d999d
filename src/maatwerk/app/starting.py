"""Make a folder a workspace that answers from the first request: settings, keys, starter rules."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from maatwerk.app.parts import open_parts
from maatwerk.decisions.recommend.starter import STARTER_PLACEMENTS, STARTER_UNITS
from maatwerk.engines.files.clock import WorkspaceClock
from maatwerk.engines.files.keys import first_keys
from maatwerk.engines.files.workspace import Workspace
from maatwerk.flows.publish import Document, publish
from maatwerk.settings import read_settings

AUTHOR = "maatwerk"


class Made(msgspec.Struct, frozen=True):
    """What came of it. The secret key is told only where it was made just now."""

    created: bool
    write_key: str
    secret_key: str = ""


def make_workspace(folder: Path) -> Made:
    """Make it, or find it made. Raises `Refused` where the folder holds something else."""
    workspace = Workspace(folder)
    created = workspace.create()
    settings = read_settings(folder)
    clock = WorkspaceClock(workspace.clock, settings.clock_speed)
    keys = first_keys(workspace, clock())
    parts = open_parts(folder, projects=True)
    try:
        parts.projector().prepare()
        parts.knowledge.load()
        if not parts.knowledge.rules.offset and not parts.knowledge.rules.all():
            wanted: dict[tuple[str, str], Document | None] = {
                ("unit", key): document for key, document in STARTER_UNITS.items()
            }
            wanted |= {("placement", key): document for key, document in STARTER_PLACEMENTS.items()}
            publish(
                parts.log,
                parts.knowledge.rules,
                wanted,
                clock=clock,
                chance=os.urandom,
                author=AUTHOR,
                reason="starter rules",
            )
    finally:
        parts.close()
    return Made(created, parts.keys.write_key, keys[1] if keys else "")
