"""Where the world meets us, thin: decode, call a flow, encode. No business rule lives here."""
