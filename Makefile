# Every target needs only git, make and Python 3.11 or newer; the virtual environment is made on first use.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
WORKERS ?= 2
UV := uv==0.13.9

.DEFAULT_GOAL := help
.PHONY: help demo test lint fmt bench load faults lock hooks clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'
	@echo "  Arguments go in ARGS, such as: make demo ARGS=--once"

demo: .venv/ready ## Start everything, pay a sample company, and serve it until Ctrl-C (ARGS=--once: end by itself)
	@exec $(BIN)/banyan demo $(ARGS)

test: .venv/ready ## Run every test against a real Neo4j and Redis
	@# In the order of the folders: the long files come first, and the short ones of tests/unit fill up the end.
	@$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: .venv/ready ## Check format, lint, types, and the contracts between the rooms
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fmt: .venv/ready ## Format the code and mend what the linter can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: .venv/ready ## Measure and print a table; the JSON goes to bench/ (ARGS=--quick: small sizes)
	@$(BIN)/python -m loadtests.bench $(ARGS)

load: .venv/ready ## Ask at rates that come whatever becomes of the answers, and print a table (ARGS=--quick: small)
	@$(BIN)/python -m loadtests.load $(ARGS)

faults: .venv/ready ## Kill parts of the service under load, and compare all with what was acknowledged (ARGS=--quick: small)
	@$(BIN)/python -m loadtests.faults $(ARGS)

lock: .venv/ready ## Lock the dependencies of pyproject.toml anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes --upgrade \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" pyproject.toml -o requirements.lock

hooks: .venv/ready ## Check every commit before it is made
	@$(BIN)/pre-commit install

clean: ## Forget the virtual environment and this checkout's data; resolved servers stay cached
	rm -rf .venv .banyan

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Banyan needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Set PYTHON=python3.x."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) cannot make virtual environments; install your system's python3-venv, or set PYTHON to another."; exit 1; }
	@echo "Making the virtual environment in .venv (once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check '$(UV)'
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . '$(UV)'
	@touch $@
