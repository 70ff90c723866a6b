# Every target needs only git, make and Python 3.11+; the virtual environment is made on first use.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Banyan needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Set PYTHON=python3.x."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' || { echo "This Python has no ensurepip; install your system's python3-venv package, or set PYTHON to another Python."; exit 1; }
	@echo "Making the virtual environment in .venv (once; about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check 'uv==$(UV_VERSION)'
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --reinstall-package banyan requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@
