"""``python -m maatwerk``."""

from maatwerk.cli import main

main()
