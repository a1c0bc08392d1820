# Needs python3 (3.11 or newer) and make. `make help` lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench judge soak audit lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(STAMP) ## start the service with its own Valkey and the sandbox
	@exec $(BIN)/python -m bot serve

test: lint ## everything that must hold: ruff, mypy, pytest
	@$(BIN)/python -m pytest -n 5 --dist loadgroup

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(STAMP) ## put the code in its usual form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(STAMP) ## measure speed and what it costs: messages, pages, a million tickets (tests/bench/figures.json)
	@$(BIN)/python -m tests.bench

judge: $(STAMP) ## measure what is understood: messages, incidents, pictures (reports in tests/bench)
	@$(BIN)/python -m tests.bench.understanding
	@$(BIN)/python -m tests.bench.incidents
	@$(BIN)/python -m tests.bench.pictures
	@$(BIN)/python -m tests.bench.picture_speed

soak: $(STAMP) ## ten minutes of load while processes and the store are killed, then 100,000 strange inputs
	@$(BIN)/python -m tests.bench.crash
	@$(BIN)/python -m tests.bench.fuzz

audit: $(STAMP) ## known vulnerabilities of the locked packages; needs the network
	@test -x $(VENV)/audit/bin/pip-audit || \
		{ $(BIN)/python -m venv $(VENV)/audit && $(VENV)/audit/bin/python -m pip install --quiet pip-audit; }
	@$(VENV)/audit/bin/pip-audit --require-hashes --disable-pip --requirement requirements.lock

lock: $(STAMP) ## choose the newest versions of all packages
	@$(BIN)/python -m pip install --quiet uv
	@PATH="$(BIN):$$PATH" $(BIN)/python .ci/lock.py --upgrade

clean: ## take away what was installed and built, not the data
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "python3 3.11 or newer is needed; set PYTHON=/path/to/it" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@
