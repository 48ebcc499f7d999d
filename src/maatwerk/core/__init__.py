"""The words everything else is written in. Pure; imports nothing of ours."""
