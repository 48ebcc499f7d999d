"""Where events come in: one module per wire dialect, each of which only decodes, records and answers.

A dialect is registered with `Dialect`: its name, its routes, and how it answers.
"""
