# Everything from a fresh clone: Python 3.11 or later, make and a package index are enough.
#   make run          set up what is missing, then start FinTwin
#   make test         all tests; gets a browser where none is found (PYTEST_ARGS="tests/unit -x" runs some)
#   make check        lint, format, types, arrows between rooms, tables against models
#   make bench        measure, write bench.json, print a table
#   make screenshots  the README's pictures, from the running app
#   make lock         compile the locks anew from pyproject.toml

SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
# The first Python that is new enough and can make environments.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
PIP := $(PY) -m pip install --disable-pip-version-check -qq --require-hashes
PYTEST_ARGS ?=

.PHONY: help run setup build dev test check bench screenshots lock clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^#   //p' Makefile

run: setup
	@$(PY) -m fintwin run

setup: $(VENV)/installed
	@$(PY) -m compileall -q fintwin

build: setup
	@$(PY) -m fintwin.build

$(VENV)/made:
	@test -n "$(PYTHON)" || { echo "FinTwin needs Python 3.11 or later with venv (on Debian: apt install python3-venv)."; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: $(VENV)/made requirements.txt tools/link.py
	@echo "Installing the locked packages (a minute or two the first time)"
	@$(PIP) -r requirements.txt
	@$(PY) tools/link.py
	@touch $@

dev: $(VENV)/installed-dev setup

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt
	@echo "Installing the locked packages for tests and checks"
	@$(PIP) -r requirements-dev.txt
	@touch $@

test: dev
	@$(PY) -m fintwin.build
	@browser="$$($(PY) tools/browser.py)" && export FINTWIN_CHROMIUM="$$browser" && \
	$(PY) -m pytest $(or $(PYTEST_ARGS),-n 2 --dist loadfile --no-loadscope-reorder)

check: dev
	@echo "ruff" && $(PY) -m ruff check . && $(PY) -m ruff format --check .
	@echo "mypy" && $(PY) -m mypy
	@echo "import-linter" && $(VENV)/bin/lint-imports
	@echo "alembic check" && $(PY) tools/check_tables.py

bench: dev
	@$(PY) -m fintwin.build
	@browser="$$($(PY) tools/browser.py)" && FINTWIN_CHROMIUM="$$browser" $(PY) tools/bench.py

screenshots: dev
	@$(PY) -m fintwin.build
	@browser="$$($(PY) tools/browser.py)" && FINTWIN_CHROMIUM="$$browser" $(PY) tools/screenshots.py

COMPILE = $(VENV)/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
	--universal --python-version 3.11 --custom-compile-command 'make lock'

lock: $(VENV)/made
	@$(PY) -m pip install --disable-pip-version-check --quiet uv
	@$(COMPILE) pyproject.toml -o requirements.txt
	@$(COMPILE) pyproject.toml --extra dev -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) .web .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
