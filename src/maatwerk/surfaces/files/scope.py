"""What the decoder of one catalog file shares with those of the others."""

from __future__ import annotations

import msgspec

from maatwerk.surfaces.files.links import Known, Links
from maatwerk.surfaces.files.rows import Reading
from maatwerk.surfaces.files.survey import Survey


class Scope(msgspec.Struct, frozen=True):
    """One import: its notes and titles, what the survey found, the links of link files, which skus there are
    (here or already in the shop), and the currency of files that name none."""

    reading: Reading
    seen: Survey
    links: Links
    has: Known
    currency: str | None
