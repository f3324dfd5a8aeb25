# Caselog. `make help` lists what there is.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Two makes at once must not build the environment twice; where there is no flock, they are on their own.
LOCKED := $(if $(shell command -v flock),flock .venv.lock,env)

.DEFAULT_GOAL := help
.PHONY: help install install-dev run test check bench bench-large nightly screen mutation lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 14

install: ## Create .venv and install the locked dependencies
	@$(LOCKED) $(MAKE) --no-print-directory --silent $(VENV)/.installed

install-dev: ## The same, with what tests and checks need
	@$(LOCKED) $(MAKE) --no-print-directory --silent $(VENV)/.installed-dev

run: install ## Serve the demo program on http://127.0.0.1:8000 (PORT and HOST override)
	@CASELOG_ENV=$${CASELOG_ENV:-development} $(BIN)/caselog serve

test: install-dev ## Run the whole test suite: SQLite, PostgreSQL and Chromium
	@$(BIN)/pytest

check: install-dev ## Lint, types and import directions
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: install-dev ## Measure speed against hand-written SQL and the sqlite3 shell
	@$(BIN)/python -m bench

bench-large: install-dev ## Measure the counting of 1.5 million cases (5,000 students); takes about ten minutes
	@$(BIN)/python -m bench evaluation --students 5000 --cases 300 --rounds 3

nightly: install-dev ## Hold the engine against the naive evaluator 200,000 times, decisions against a plain model; takes long
	@HYPOTHESIS_PROFILE=nightly CASELOG_TESTS=nightly $(BIN)/pytest -n 0 -p tests.support.comparisons \
		tests/services/test_evaluate_stored.py tests/domain/test_differential.py tests/domain/test_forecast.py
	@HYPOTHESIS_PROFILE=nightly CASELOG_TESTS=nightly $(BIN)/pytest -n 0 -p tests.support.steps \
		tests/services/test_transitions_machine.py
	@HYPOTHESIS_PROFILE=nightly $(BIN)/pytest -n 0 tests/api/test_search.py

screen: install-dev ## Measure what the screen of identifiers finds in the labelled texts
	@$(BIN)/python -m tests.support.screening

mutation: install-dev ## Change the domain in thousands of ways and see that tests fail; takes hours
	@HYPOTHESIS_PROFILE=mutation $(BIN)/mutmut run --max-children $${WORKERS:-2}
	@$(BIN)/python -m tests.support.mutants

lock: install-dev ## Renew the lock files from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" -q -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --group build --group dev --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" -q -o requirements-dev.lock

clean: ## Remove the environment and caches; the database in instance/ stays
	rm -rf $(VENV) .venv.lock .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis mutants *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Caselog needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "Python could not create an environment; on Debian: apt-get install python3-venv"; exit 1; }

# The project itself is linked, not copied: templates and migrations stay where they stand.
$(VENV)/.installed: $(BIN)/python requirements.lock pyproject.toml
	@echo "Installing the locked dependencies into $(VENV) ..."
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@echo "Installing what tests and checks need ..."
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@
