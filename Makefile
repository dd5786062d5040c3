# One door for developers. `make run` and `make test` set up everything they need.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python

.PHONY: run test fuzz lint check bench lock clean

run: .venv/.run
	@$(BIN)/noc demo

test: .venv/.test
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

# Property tests with examples never tried before. Not part of `make test`, which must say the same thing twice.
fuzz: .venv/.test
	@NOC_HYPOTHESIS=fuzz $(BIN)/python -m pytest -n 2 --dist loadgroup $$(grep -rl 'from hypothesis' tests --include='test_*.py')

lint: .venv/.check
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

check: lint test

bench: .venv/.test
	@$(BIN)/python -m tests.bench

# uv installs from hashed locks in seconds; byte code of what every start needs is compiled here, so that the first one
# is quick too. What only training needs is left out: it would be 60 MB more.
COMPILED := $(BIN)/python -m compileall -q -j 2 -x '/(scipy|sklearn|pip|setuptools|tests?)/' .venv/lib
.venv/.run: locks/run.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "noc needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
	@$(UV) --require-hashes -r locks/run.lock
	@$(UV) --no-deps -e .
	@$(COMPILED)
	@$(BIN)/python -m compileall -q data engine noc_tui
	@touch $@

.venv/.test: .venv/.run locks/test.lock
	@$(UV) --require-hashes -r locks/test.lock
	@touch $@

.venv/.check: .venv/.test locks/check.lock
	@$(UV) --require-hashes -r locks/check.lock
	@touch $@

# Every dependency with its hashes, for all platforms; no index is written into the files.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
lock:
	@mkdir -p locks
	@$(COMPILE) pyproject.toml -o locks/run.lock
	@$(COMPILE) pyproject.toml --extra postgres --extra nats --group test -c locks/run.lock -o locks/test.lock
	@$(COMPILE) --group check -c locks/test.lock -o locks/check.lock

clean:
	@rm -rf .venv .mypy_cache .ruff_cache .hypothesis dist
