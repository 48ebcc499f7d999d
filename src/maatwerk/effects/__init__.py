"""What we do: intentions carried out in the world, each with an outcome that becomes an event.

An intention is recorded before it is acted on and carried out at least once; what is scarce is claimed once.
"""
