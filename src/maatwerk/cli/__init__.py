"""The command line: parse, call a flow, print. Every command takes `--data` and `--json`."""
