# Everything starts from a bare Python 3.11 or newer: environments are made on first use and kept up to date by stamps.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
SDK_VENV := .venv-sdk
BIN := $(VENV)/bin
PYTEST_ARGS ?= -n 2 --dist loadgroup

# The first interpreter that is new enough and can make virtual environments; PYTHON=... overrides.
FIND_PYTHON = \
  old=""; bare=""; \
  for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
    command -v "$$candidate" >/dev/null 2>&1 || continue; \
    "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { old="$$candidate"; continue; }; \
    "$$candidate" -c 'import venv, ensurepip' 2>/dev/null || { bare="$$candidate"; continue; }; \
    echo "$$candidate"; exit 0; \
  done; \
  if [ -n "$$bare" ]; then \
    echo "$$bare cannot make virtual environments: on Debian and Ubuntu install the package python3-venv" >&2; \
  else \
    echo "Python 3.11 or newer is needed$${old:+ ($$old is older)}; name one with: make PYTHON=/path/to/python" >&2; \
  fi; exit 1

.PHONY: help demo test check format sdk bench screenshots clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/.installed ## Open the dashboard on the embedded sandbox with demo processes
	@$(BIN)/boxscope demo

test: $(VENV)/.developing $(SDK_VENV)/.installed ## Run all tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/.developing ## Lint, formatting, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.developing ## Rewrite the sources as the linter wants them
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

sdk: $(SDK_VENV)/.installed ## Install the official SDK, which judges the embedded sandbox in the tests

bench: $(VENV)/.developing ## Measure against peers in one run and print ratios
	$(BIN)/python -m tests.benchmarks $(BENCH_ARGS)

screenshots: $(VENV)/.developing ## Write screenshots/ from the demo
	$(BIN)/python -m tests.screenshots

clean: ## Remove the environments and everything that was built
	rm -rf $(VENV) $(SDK_VENV) .venv-peers build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@python=$$($(FIND_PYTHON)) || exit 1; echo "creating $(VENV) with $$python"; "$$python" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing boxscope"
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.developing: $(VENV)/.installed
	@echo "installing what development needs"
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev
	@touch $@

$(SDK_VENV)/.installed: constraints-sdk.txt
	@python=$$($(FIND_PYTHON)) || exit 1; echo "creating $(SDK_VENV) with $$python"; "$$python" -m venv $(SDK_VENV)
	@$(SDK_VENV)/bin/python -m pip install --quiet --constraint constraints-sdk.txt tensorlake
	@touch $@
