"""Import files, decoded into the shapes of our own wire: products as PUT takes them, Segment messages.

The rule of this room: **no record is lost**. Every record of a file ends in exactly one `Row`: a value, part
of a value (the lines of one order), or a refusal that names its line, its reason and the remedy. Files are
read as streams, and nothing here touches the workspace: a flow records what we decode.
"""

from maatwerk.surfaces.files.catalog import FORMATS, read_catalog
from maatwerk.surfaces.files.fetching import fetch, is_url
from maatwerk.surfaces.files.guess import guess_catalog_format
from maatwerk.surfaces.files.guess_mapping import guess_mapping
from maatwerk.surfaces.files.mapping import SHIPPED, Mapping, read_mapping
from maatwerk.surfaces.files.messages import read_messages
from maatwerk.surfaces.files.rows import Note, Reading, Row

__all__ = [
    "FORMATS",
    "SHIPPED",
    "Mapping",
    "Note",
    "Reading",
    "Row",
    "fetch",
    "guess_catalog_format",
    "guess_mapping",
    "is_url",
    "read_catalog",
    "read_mapping",
    "read_messages",
]
