# make reproduce: the figures and the table. make test: the tests. Both make the virtual environment if there is none.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: reproduce test test-fast check docs benchmark bless lock pin clean

# In a terminal with bars that move. What it ends with is told of whatever was made, and decides like an error; what is
# wrong with a config has been told before.
reproduce: .venv/installed
	@$(BIN)/snakemake --cores all --no-hooks $(BARS); code=$$?; test $$code = 0 || exec 2> /dev/null; \
	  $(BIN)/snakemake summary --quiet all && exit $$code
BARS = $(shell test -t 2 && echo --logger rich)

test: .venv/developing
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-fast: .venv/developing
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow"

check: .venv/developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/snakemake --lint

# The site, in docs/_build/html. A warning is an error.
docs: .venv/developing
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --fresh-env --quiet docs docs/_build/html
	@echo "The docs are in docs/_build/html/index.html."

benchmark: results/manifest.json
	$(BIN)/python benchmark/sgd.py
	$(BIN)/python benchmark/fluctuations.py
	$(BIN)/python benchmark/shards.py
	$(BIN)/python benchmark/audit.py
	$(BIN)/python benchmark/paper.py

results/manifest.json: | .venv/installed
	$(MAKE) reproduce

# Makes results/ the reference, of which README shows figures. KEY=… signs its history, as ssh-keygen -Y does.
bless: .venv/installed
	$(BIN)/python reference/bless.py "$(REASON)"
	$(if $(KEY),rm -f reference/history.jsonl.sig && ssh-keygen -Y sign -f $(KEY) -n dataset-learning-duality reference/history.jsonl)

# Needs uv. Locks for Python 3.11 and later: the newest versions that all of them can use, first what a run needs.
COMPILE = uv pip compile pyproject.toml --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-annotate --no-header
lock:
	$(COMPILE) --upgrade -o requirements.lock
	$(subst pyproject.toml,,$(COMPILE)) --upgrade --group build -o requirements-build.lock
	$(subst pyproject.toml,,$(COMPILE)) --upgrade --group dev --group docs --constraints requirements.lock -o requirements-dev.lock

# Needs conda-forge: pins the environments to exact builds for this platform, which Snakemake then takes.
pin:
	@for tool in conda snakedeploy snakemake; do command -v $$tool > /dev/null || \
	  { echo "make pin needs $$tool on PATH: docs/conda.md says from where" >&2; exit 1; }; done
	snakedeploy pin-conda-envs --conda-frontend conda envs/*.yaml
	snakemake --containerize > Dockerfile

clean:
	rm -rf results/[!R]* logs benchmarks .snakemake

# Wheels only, each with its hash. One package is no wheel: it is built by the pinned tools, offline.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:

.venv/installed: requirements.lock requirements-build.lock
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(INSTALL) -r requirements-build.lock
	$(INSTALL) --no-binary connection-pool --no-build-isolation -r requirements.lock
	touch $@

# What only developers need.
.venv/developing: .venv/installed requirements-dev.lock
	$(INSTALL) -r requirements-dev.lock
	touch $@
