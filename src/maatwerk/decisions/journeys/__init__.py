"""Journeys: the next step for one person, and who waits for it.

The rule of this room: a step is decided from facts that are passed in, its outcome is one event with a key
of its own, and that event alone moves the journey on. So a step that is decided twice counts once.
"""
