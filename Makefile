# The commands of Albumen: `make demo` and `make test` are all that a fresh machine needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup demo test check soak lock clean

setup: $(VENV)/.installed  ## install everything that requirements.lock pins into .venv

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Albumen needs Python 3.11 or newer; name one: make setup PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "No virtual environment could be made: on Debian, apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@

lock: $(BIN)/uv overrides.txt pyproject.toml  ## pin the whole closure again (needs a package index)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --override overrides.txt --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --extra dev pyproject.toml -o requirements.lock

$(BIN)/uv:
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv
