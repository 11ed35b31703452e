# Everything a person or a pipeline runs. Each target prepares .venv first; a second call costs nothing.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help setup console check format test e2e bench compose-test up down logs reset lock docs

help:  ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## .venv with the locked packages and the liudai command

$(STAMP): requirements.lock scripts/setup
	@PYTHON=$(PYTHON) scripts/setup
	@touch $@

PAGES := services/console/static/index.html
WEB := services/console/web

console: $(PAGES)  ## the console's pages, compiled; Node comes as a Python package where there is none

$(PAGES): scripts/console $(shell find $(WEB)/src -type f -not -path '*/generated/*') $(wildcard docs/openapi/*.json \
		$(addprefix $(WEB)/,index.html package.json package-lock.json vite.config.ts tsconfig.json node.lock)) | setup
	@echo 'console: compiling the pages …'
	@PYTHON=$(abspath $(BIN)/python) scripts/console build
	@touch $@

check: setup  ## format, lint, types, import contracts, unit tests: no server, under a minute
	PYTHON=$(abspath $(BIN)/python) scripts/console check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n 2 -m "not slow and not integration and not compose"

format: setup  ## let ruff format and repair what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	@PYTHON=$(abspath $(BIN)/python) scripts/console format

test: setup console  ## every test but compose's, on a real PostgreSQL and RabbitMQ and in a real browser
	@scripts/ensure-rabbitmq
	@scripts/ensure-pdf
	@scripts/ensure-browser
	$(BIN)/pytest -n 2 --dist worksteal -m "not compose"

e2e: setup console  ## of these the console alone: people's paths, accessibility, weight; NOT RUN without a browser
	@scripts/ensure-browser
	$(BIN)/pytest -m e2e

bench: setup  ## what the system costs beside the bare tools it stands on; BENCH="--only append --rounds 3"
	@scripts/ensure-rabbitmq
	@scripts/ensure-pdf
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --require-hashes -r benchmarks/requirements.lock
	$(BIN)/python -m benchmarks $(BENCH)

compose-test: setup  ## every branch and every kill against the containers, from build to `down -v`
	@scripts/compose-test

up: setup console  ## start everything on this machine and return when it is ready: http://127.0.0.1:8000
	@$(BIN)/liudai up

down: setup  ## stop what `make up` started; the data stays
	@$(BIN)/liudai down

logs: setup  ## follow the log of what `make up` started
	@$(BIN)/liudai logs

reset: setup  ## stop and delete all local data; YES=1 does not ask
	@$(BIN)/liudai reset $(if $(YES),--yes)

docs: setup  ## write docs/openapi and docs/contracts from the code
	$(BIN)/python -m services.operations.documents

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" pyproject.toml

lock: setup  ## write both locks anew; LOCK_ARGS=--upgrade takes the newest releases
	$(LOCK) $(LOCK_ARGS) --all-extras -o requirements.lock
	$(LOCK) -c requirements.lock -o requirements-runtime.lock
	$(LOCK) --extra training -c requirements.lock -o requirements-training.lock
	$(subst pyproject.toml,--group bench,$(LOCK)) -c requirements.lock -o benchmarks/requirements.lock
	$(subst pyproject.toml,--group node,$(LOCK)) -o services/console/web/node.lock
	$(subst pyproject.toml,--group e2e,$(LOCK)) -o tests/e2e/requirements.lock
