.PHONY: install demo test types suite bench soak lock texts
PYTHON ?= python3
BIN := .venv/bin
# Else every process of the tests would compile anew all that it imports.
unexport PYTHONDONTWRITEBYTECODE

# Everything a newcomer needs: a virtual environment with the locked dependencies, hashes checked.
# Not compiled, which takes a third of the time: Python compiles what it imports, once.
install: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --no-compile --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

# The real bot against a simulated Discord and a simulated Stripe. Options: make demo ARGS="--seconds 30 --no-browser"
demo: install
	$(BIN)/python -m bot demo $(ARGS)

# Types are checked beside the tests: either leaves a core idle now and then.
test: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory --jobs=2 types suite

types:
	$(BIN)/mypy

# Looked through once before, so that its workers need not all compile the same.
suite:
	@$(BIN)/pytest --collect-only > /dev/null || true
	$(BIN)/pytest --numprocesses 3 --dist worksteal --cov --cov-report=term:skip-covered

bench: install
	$(BIN)/python -m bench

# Kills the bot over and over; nothing may be lost, told twice or wrong. One run again: make soak ARGS="--seed 3"
soak: install
	$(BIN)/python -m soak $(ARGS)

# Bring the catalogs of other languages up to date with the texts of the code, and say what they lack.
texts: install
	$(BIN)/python -m tests.texts

# Renew the lock file: newest versions that fit pyproject.toml, with hashes, naming no index.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --upgrade --extra dev pyproject.toml --output-file requirements.lock
