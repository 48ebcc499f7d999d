"""Maatwerk: made to measure. A self-hosted personalization engine for web shops.

We record what happened, fold it into what we know, decide from what we know, act, and record what we
decided as one more event. The folders below are that sentence; ARCHITECTURE.md tells it at length.
"""

__version__ = "0.1.0"
