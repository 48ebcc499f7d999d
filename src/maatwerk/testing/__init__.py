"""Kits that hold an implementation to its contract: ours are tested with them, and so can a plugin be.

`check_fold` holds a signal to the laws of folds, `check_log` and `check_store` an engine to its port;
`events` makes events to try them on. Needs the extra ``maatwerk[testing]``.
"""

from maatwerk.testing.folds import check_fold
from maatwerk.testing.logs import check_log
from maatwerk.testing.stores import check_store

__all__ = ["check_fold", "check_log", "check_store"]
