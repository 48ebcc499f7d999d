"""What happened: immutable events in the past tense, their verdicts, and the port of the log that keeps them.

Nothing here knows what an event is used for. Old shapes are lifted when read, never edited.
"""
