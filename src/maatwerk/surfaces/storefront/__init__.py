"""What a shop page asks: decisions, and the browser SDK."""
