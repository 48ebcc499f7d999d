"""Every bound of the product, in one place, with its unit in its name.

Sizes are of decompressed data. The wire limits are part of the HTTP contract.
"""

EVENT_BYTES = 32 * 1024
BATCH_BYTES = 1024 * 1024
BATCH_EVENTS = 2_500
DEPTH = 12
PROPERTIES = 255
ID_CHARS = 255
NAME_CHARS = 255
HEADER_BYTES = 16 * 1024
BODY_READ_SECONDS = 10

LATE_DAYS = 30
"""How late an event may be and still be folded; folds must not care about order within it."""

FUTURE_FLAG_HOURS = 24

APPEND_QUEUE_EVENTS = 20_000
"""Events waiting for the log's writer in one worker; beyond it, 429 with Retry-After."""

DECISION_QUEUE = 5_000
"""Decision records waiting to be written in one worker; beyond it, the oldest is dropped and counted."""

TAIL_EVENTS = 500
"""A shopper's own newest events folded on top of the stored view in one request; past it, flagged."""

PLACEMENTS_PER_DECISION = 20
CANDIDATES_PER_SOURCE = 200
ITEMS_PER_PLACEMENT = 60

REJECTED_BYTES = 8 * 1024
REJECTED_DAYS = 30
DECISIONS_DAYS = 90

PAGE_LIMIT = 1_000
"""Rows of one page of a list."""

LAST_CURSOR = 2**62
"""The cursor of a list that is a number is at most this; it fits SQLite's integers."""
