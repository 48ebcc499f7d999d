"""On how many examples a law is tried: a few each time, twenty times as many with `make prove`."""

import os
from typing import Any

from hypothesis import settings

TIMES = 20 if os.environ.get("MAATWERK_PROVE") else 1


def tried(examples: int, **more: Any) -> settings:
    """Settings of a law whose every example takes long, for a run of the default suite."""
    return settings(max_examples=examples * TIMES, deadline=None, **more)
