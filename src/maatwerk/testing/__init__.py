"""Kits that hold an implementation to its contract: ours are tested with them, and so can a plugin be."""
