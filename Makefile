# The commands of Albumen: `make demo` and `make test` are all that a fresh machine needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SPREAD := -n auto --maxprocesses 4 --dist loadgroup
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup demo test cover check train soak lock clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed  ## install everything that requirements.lock pins into .venv

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Albumen needs Python 3.11, 3.12 or 3.13; name one: make setup PYTHON=python3.11")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) >/dev/null || { echo "No virtual environment could be made: on Debian, apt install python3-venv"; exit 1; }
	@echo "Installing into $(VENV): a minute or two"
	@$(PIP) --require-hashes --no-deps -r requirements.lock
	@$(PIP) --no-deps -e .
	@touch $@

demo: setup  ## curate a drawn sample library, or your own folder: make demo PHOTOS=~/Pictures
	@$(BIN)/albumen demo $(if $(PHOTOS),--photos "$$PHOTOS")

test: setup  ## run all tests
	@$(BIN)/pytest $(SPREAD)

cover: setup  ## run all tests and say which lines none of them runs; takes half as long again
	@$(BIN)/pytest $(SPREAD) --cov --cov-report=term:skip-covered

check: setup  ## check format, lint, types and layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/pytest -q tests/test_layers.py

train: setup  ## make the shipped weights of people and covers again, from simulated users
	@$(BIN)/albumen weights train

soak: setup  ## run the long versions of the tests, for hours: make soak TESTS=tests/plugins/publishing
	@ALBUMEN_SOAK=1 FUZZ_SEED="$$ALBUMEN_FUZZ_SEED" $(BIN)/pytest -o timeout=0 $(TESTS)

lock: $(BIN)/uv  ## pin the whole closure again (needs a package index)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --override overrides.txt --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --extra dev --extra dask --extra postgres pyproject.toml -o requirements.lock

$(BIN)/uv:
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(PIP) uv

clean:  ## remove what these commands made: .venv, caches, the demo's sample library
	@rm -rf $(VENV) demo .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
