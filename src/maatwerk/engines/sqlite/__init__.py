"""The log, the views' store and the small records on SQLite: no service to run, one folder of files.

The rule of this room: an acknowledged append has been fsynced; every read transaction is short; a file
written by a newer Maatwerk is refused, never guessed at.
"""
