"""Wiring: the only package that knows every part.

A workspace's processes share its files and nothing else. `parts` opens them, `worker` answers
requests, `background` folds, seals, trains, advances journeys and sends.
"""
