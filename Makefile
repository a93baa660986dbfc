.PHONY: install develop demo test types suite quick bench soak wheel lock texts commands
PYTHON ?= python3
BIN := .venv/bin
# Else every process of the tests would compile anew all that it imports.
unexport PYTHONDONTWRITEBYTECODE

PIP_INSTALL = $(BIN)/pip install --no-deps --no-compile
LOCKED = $(PIP_INSTALL) --require-hashes --requirement

# What runs the bot: a virtual environment with the locked packages, hashes checked and nothing resolved.
# Not compiled, which takes a third of the time: Python compiles what it imports, once.
install: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv --clear .venv
	@echo "Installing $$(grep -c == $<) packages into .venv. That is about 60 MB to download: a minute, or more on a slow line."
	$(LOCKED) $<
	$(PIP_INSTALL) --quiet --no-build-isolation --editable .
	$(BIN)/pip check
	touch $@

# What the demo and the tests need besides, among it a simulated Discord and a browser's driver.
develop: .venv/developed

.venv/developed: .venv/installed requirements-dev.lock
	@echo "Installing what the demo and the tests need: $$(grep -c == requirements-dev.lock) packages in all, about 160 MB more to download."
	$(LOCKED) requirements-dev.lock
	$(BIN)/pip check
	touch $@

# The real bot against a simulated Discord and a simulated Stripe. Options: make demo ARGS="--seconds 30 --no-browser"
demo: develop
	$(BIN)/python -m bot demo $(ARGS)

# Types are checked beside the tests: either leaves a core idle now and then.
test: develop
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory --jobs=2 types suite

types:
	$(BIN)/mypy

WORKERS = --numprocesses 3 --dist worksteal

# First what is quick, then what is slow, each with its own report. Collected once before, so that the workers need not all compile the same.
suite:
	@$(BIN)/pytest --collect-only > /dev/null || true
	$(BIN)/pytest $(WORKERS) -m "not slow" --cov --cov-report= --cov-fail-under=0
	$(BIN)/pytest $(WORKERS) -m slow --cov --cov-append --cov-report=term:skip-covered

# While you work: the quick tests alone, without counting lines.
quick: develop
	$(BIN)/pytest $(WORKERS) -m "not slow"

bench: develop
	$(BIN)/python -m bench

# Kills the bot over and over; nothing may be lost, told twice or wrong. One run again: make soak ARGS="--seed 3"
soak: develop
	$(BIN)/python -m soak $(ARGS)

# What others install: dist/producer_bot-VERSION-py3-none-any.whl.
wheel: install
	$(BIN)/pip wheel --no-deps --no-build-isolation --no-index --wheel-dir dist .

# Bring the catalogs of other languages up to date with the texts of the code, and say what they lack.
texts: develop
	$(BIN)/python -m tests.texts

# Make the README's table of commands from the commands' own words.
commands: develop
	$(BIN)/python -m tests.commands

# Renew both lock files: newest versions that fit pyproject.toml, with hashes, naming no index. The second agrees with the first.
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	--no-emit-index-url --no-emit-find-links --no-header --group build pyproject.toml
lock:
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --group dev --extra demo --constraint requirements.lock --output-file requirements-dev.lock
