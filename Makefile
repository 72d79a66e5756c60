# Everything a person or a pipeline does with this project. `make help` lists it.
PYTHON ?= python3
PIP_FLAGS ?=
VENV := .venv
BIN := $(VENV)/bin
FLASK := $(BIN)/flask --app app
UV_PIN := uv==0.13.9
INSTALL = $(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: $(PIP_FLAGS)

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench faults deep lock vendor clean

help: ## List the commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(VENV)/run.stamp: requirements/run.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv --without-pip $(VENV)
	$(INSTALL) -r requirements/run.txt
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	$(INSTALL) -r requirements/dev.txt
	@touch $@

setup: $(VENV)/run.stamp ## Make the environment (.venv/bin/flask)

run: setup ## Serve the demonstration clinic (PORT, DATABASE_URL are honoured)
	@$(FLASK) serve-demonstration

test: $(VENV)/dev.stamp lint ## Run every test, on SQLite and PostgreSQL, with a real browser
	@$(BIN)/python -m pytest --numprocesses auto --dist loadscope --no-loadscope-reorder

lint: $(VENV)/dev.stamp ## Style, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/dev.stamp ## Speed, as ratios to floors taken in the same run
	@$(BIN)/python -m benchmarks

faults: $(VENV)/dev.stamp ## Kill worker, database and network N times on each database; nothing acknowledged may be lost
	@N="$(N)" $(BIN)/python -m tests.faults

deep: $(VENV)/dev.stamp ## The large counts of the property tests and of the fault rig (hours); writes docs/reference/evidence/
	@$(BIN)/python -m tests.deep

lock: ## Write the hashed locks (maintainers)
	@$(PYTHON) requirements/lock.py "$(UV_PIN)"

vendor: ## Compare the vendored packages with the registry, by their digests (maintainers)
	@$(PYTHON) requirements/vendor.py

clean: ## Remove the environment and the local database
	rm -rf $(VENV) instance .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
