# The two commands that matter: make demo, make test. The environment is .venv beside this file.

PYTHON ?= python3
BIN := .venv/bin
SETUP := $(BIN)/.setup
TESTS := $(BIN)/.setup-test
LINT := $(BIN)/.setup-lint
BENCH := $(BIN)/.setup-bench
ASSETS := src/kequn/engage/built/.stamp
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint docs pictures bench clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(SETUP) $(ASSETS) ## Make the runtime environment in .venv (quick when nothing changed)

demo: $(SETUP) $(ASSETS) ## Make a sandbox bank in ./workspace, run three nights, open the console
	$(BIN)/kequn --home workspace demo

test: $(TESTS) ## Run all tests; those of the console on SQLite and on PostgreSQL, its pages in a browser on SQLite
	$(BIN)/python -m pytest -n 2
	KEQUN_TEST_DATABASE=postgresql $(BIN)/python -m pytest -n 2 tests/engage --ignore tests/engage/test_browser.py

lint: $(LINT) ## Check style, types, import direction and that the generated docs are current
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	KEQUN_HOME=.mypy_cache/home $(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m kequn.cli.docs --check

docs: $(SETUP) ## Write the generated pages of docs/ anew
	$(BIN)/python -m kequn.cli.docs

pictures: $(TESTS) ## Take the pictures of docs/images anew from the demo's workspace (a minute or two)
	$(BIN)/python tests/engage/pictures.py workspace

bench: $(BENCH) ## Run all benches and write docs/benchmarks.md
	$(BIN)/kequn bench all

clean: ## Remove the environment, the demo's workspace and all caches
	rm -rf .venv workspace build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Kequn needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make setup PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv

$(SETUP): $(BIN)/python requirements/runtime.txt requirements/build.txt pyproject.toml
	$(INSTALL) -r requirements/build.txt -r requirements/runtime.txt
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

# What the browser loads, from npm packages; Node comes with the environment.
$(ASSETS): $(SETUP) $(wildcard src/kequn/engage/browser/*.* src/kequn/engage/browser/pages/*)
	$(BIN)/python -m kequn.engage.assets
	@touch $@

$(TESTS): $(SETUP) $(ASSETS) requirements/test.txt
	$(INSTALL) -r requirements/test.txt
	@touch $@

# Types are checked against everything that the code may import.
$(LINT): $(TESTS) $(BENCH) requirements/lint.txt
	$(INSTALL) -r requirements/lint.txt
	@touch $@

$(BENCH): $(SETUP) requirements/bench.txt
	$(INSTALL) -r requirements/bench.txt
	@touch $@
