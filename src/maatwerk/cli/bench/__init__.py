"""Speed, measured against the real server beside an empty echo in the same run, on the same machine."""
