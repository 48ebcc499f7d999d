# Everything a person, a hook or CI runs is a target here. All of it needs only make and Python 3.11 or later.
#
#   make demo     the demo shop, in a browser, offline
#   make setup    the program alone, into .venv (make demo does it by itself)
#   make test     every test but the long proofs, some minutes
#   make check    format, lint, types, layers, dead code
#   make prove    the long proofs: crashes, full disks, statistics, laws on many examples
#   make bench    the speed figures, each beside an empty echo
#   make docs     the manual, into site/
#   make lock     resolve the locks anew (needs uv)
#
# Use another interpreter with `make PYTHON=python3.13 …`. Options go through ARGS: `make demo ARGS="--port 9000"`.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

# Stamps hold what was installed, so that a change of a lock or of pyproject.toml installs again, and nothing else does.
RUN := $(VENV)/.installed-run
DEV := $(VENV)/.installed-dev

.PHONY: help demo setup install test check format prove bench docs lock audit clean

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

demo: $(RUN) ## The demo shop at /shop and its console at /console
	$(BIN)/maatwerk demo $(ARGS)

setup: $(RUN) ## The program alone, into .venv
	@echo 'Ready: $(BIN)/maatwerk'

install: $(DEV) ## Everything a contributor needs, into .venv

test: $(DEV) ## Every test but the long proofs
	$(BIN)/pytest -n 3 --dist loadfile -m "not prove" $(ARGS)

check: $(DEV) ## Format, lint, types, layers, dead code, dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/dead.py
	$(BIN)/python -m pip check

format: $(DEV) ## Format, and mend what the linter can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

prove: $(DEV) ## The long proofs
	MAATWERK_PROVE=1 $(BIN)/pytest -m "prove or hypothesis" $(ARGS)

bench: $(DEV) ## The speed figures
	$(BIN)/maatwerk bench $(ARGS)

docs: $(DEV) ## The manual, into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict $(ARGS)

audit: $(DEV) ## Known vulnerabilities among what is locked
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements/dev.txt

lock: ## Resolve the locks anew
	tools/lock

clean: ## Remove what can be made again
	rm -rf $(VENV) site build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# ---------------------------------------------------------------------------------------------------------------

$(BIN)/python:
	PYTHON="$(PYTHON)" tools/venv $(VENV)

# Only what is locked is fetched, and only with the hashes that the lock names.
$(RUN): requirements/run.txt pyproject.toml | $(BIN)/python
	@echo 'Installing what the lock names, once; this takes a minute or two.'
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index -e .
	touch $@

$(DEV): requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo 'Installing what the lock names, once; this takes some minutes.'
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index -e .
	touch $(RUN) $@
