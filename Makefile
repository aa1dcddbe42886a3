# make reproduce: the figures and the table. make test: the tests. Both make the virtual environment if there is none.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: reproduce test test-fast check benchmark lock clean

reproduce: .venv/installed
	$(BIN)/snakemake --cores all

test: .venv/installed
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-fast: .venv/installed
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow"

check: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/snakemake --lint

benchmark: .venv/installed
	$(BIN)/python benchmark/sgd.py

# Needs uv. One lock for Python 3.11 and later: the newest versions that all of them can use.
lock:
	uv pip compile pyproject.toml --group dev --universal --fork-strategy fewest --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade -o requirements.lock

clean:
	rm -rf results/[!R]* logs benchmarks .snakemake

.venv/installed: requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@
