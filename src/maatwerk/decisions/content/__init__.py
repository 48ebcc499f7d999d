"""Content decisions: which links, blocks and messages a shopper meets, and in which order."""
