# Needs make and Python 3.11 or newer with venv. The first target that is made sets up .venv; nothing is installed again
# until pyproject.toml, constraints.txt or the version changes. PYTHON=python3.12 picks an interpreter, which gets an
# environment of its own, such as .venv-python3.12.

PYTHON ?= python3
VENV := $(if $(filter python3,$(PYTHON)),.venv,.venv-$(notdir $(PYTHON)))
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
INSTALLED := $(VENV)/installed
# Most tests wait more than they work.
PROCESSES ?= 3

.PHONY: help setup demo test quick check soak interop bench entered format screenshots clean
.DEFAULT_GOAL := help

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

# pip learnt --group only in version 25.1, so the groups are read here.
$(INSTALLED): pyproject.toml constraints.txt depthview/__init__.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "depthview needs Python 3.11 or newer: install it, or name it, as in make PYTHON=python3.12 demo" >&2; exit 1; }
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb")); \
	  print(*p["build-system"]["requires"], "editables", *sum(p["dependency-groups"].values(), []), sep="\n")' \
	  > $(VENV)/tools.txt
	@$(PIP) --requirement $(VENV)/tools.txt
	@$(PIP) --no-build-isolation --editable .
	@touch $@

setup: $(INSTALLED) ## set up .venv

demo: $(INSTALLED) ## run the viewer on the embedded exchange
	@$(BIN)/depthview --demo

test: $(INSTALLED) ## run the tests
	$(BIN)/python -m pytest -m "not timed" --numprocesses $(PROCESSES) --dist loadfile
	$(BIN)/python -m pytest -m timed

QUICK := core coinbase config

quick: $(INSTALLED) ## run the tests of what depends most on the version of Python
	$(BIN)/python -m pytest -m "not timed" --numprocesses $(PROCESSES) --dist loadfile $(QUICK:%=tests/%)
	$(BIN)/depthview stream BTC-USD --demo --count 1 > /dev/null

check: $(INSTALLED) ## every check: format, lint, types, import direction, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test

SOAK_MINUTES ?= 10
SOAK_SEED ?= 1

soak: $(INSTALLED) ## SEEDS= and SOCKETS= minutes of the harness; else faults by SOAK_MINUTES, SOAK_SEED, fuzz and a flood
ifneq ($(SEEDS)$(SOCKETS),)
	$(BIN)/python -m tools.harness --seeds $(or $(SEEDS),0) --sockets $(or $(SOCKETS),0)
else
	$(BIN)/python -m tools.soak --minutes $(SOAK_MINUTES) --seed $(SOAK_SEED)
endif

INTEROP ?=

interop: $(INSTALLED) ## third-party clients (Coinbase's SDK, ccxt, coinbase-api) on the exchange; needs pip, node and npm
	$(BIN)/python -m tools.interop $(INTEROP)

SEED ?= 1

bench: $(INSTALLED) ## speed and memory against floors and alternatives, by SEED; exit 1 where a least target is missed
	$(BIN)/python -m tools.bench --seed $(SEED)

entered: $(INSTALLED) ## how many files a frame, a tick, a draw and a key press enter
	@$(BIN)/python -m tools.files_entered

format: $(INSTALLED) ## format the source and apply ruff's fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

screenshots: $(INSTALLED) ## regenerate the README's screenshots
	$(BIN)/python -m tools.screenshots

clean: ## remove all environments and caches
	rm -rf .venv .venv-* .interop build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
