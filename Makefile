# Each target sets up .venv when it is missing or older than the lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := python -m pip install --quiet --disable-pip-version-check
PYTEST := python -m pytest -q -n auto --dist worksteal
STRIP := --keep-id --extra-keys "metadata.language_info.version metadata.papermill"

# The tests of the statistical core: those that `make coverage` measures (CORE= make coverage: all tests).
CORE ?= $(patsubst %,tests/test_%.py,allocation change dossiers effect forecast gain outlook peers pipeline plan \
	projection record scores simulate trend what_if)

.PHONY: run test test-newest test-oldest lab bench lint tidy coverage rest lock clean

run: $(READY)           ## the whole monthly batch on data/, written to outputs/2024-09
	$(BIN)/ocop-forecast run --budget 1.5e9

test: coverage rest     ## every test once: first the statistical core's, with the branches that they take

# Both make their environment anew each time, since releases come and go; the lock lies between them.
test-newest:            ## every test with the newest release of every package
	$(PYTHON) -m venv --clear $(VENV)-newest
	$(VENV)-newest/bin/$(PIP) --editable '.[dev]'
	$(VENV)-newest/bin/$(PYTEST)

test-oldest: PYTHON = python3.11
test-oldest:            ## every test with the oldest releases that pyproject.toml allows
	$(PYTHON) -m venv --clear $(VENV)-oldest
	sed -nE 's/^    "([^][>]+)(\[.*\])?>=(.*)",.*/\1==\3/p' pyproject.toml > $(VENV)-oldest/bounds.txt
	$(VENV)-oldest/bin/$(PIP) --constraint $(VENV)-oldest/bounds.txt --editable '.[dev]'
	$(VENV)-oldest/bin/$(PYTEST)

lab: $(READY)           ## JupyterLab on the notebooks
	$(BIN)/jupyter lab --notebook-dir=.

bench: $(READY)         ## the record of past years, skill, what each idea is worth, calibration, dossiers, speed, the lab, the door, the batch; benchmarks/README.md has more
	$(BIN)/ocop-forecast backtest
	$(BIN)/python benchmarks/skill.py
	$(BIN)/python benchmarks/ablation.py
	$(BIN)/python benchmarks/calibration.py
	$(BIN)/python benchmarks/pipeline.py
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/waits.py
	$(BIN)/python benchmarks/door.py
	$(BIN)/python benchmarks/batch.py

lint: $(READY)          ## what a commit must keep: words and form of the code, its types, notebooks without outputs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/nbstripout --verify $(STRIP) notebooks/*.ipynb

tidy: $(READY)          ## mends of these what can be mended without thinking
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .
	$(BIN)/nbstripout $(STRIP) notebooks/*.ipynb

coverage: $(READY)      ## the tests of the statistical core, and which of its branches they take; fails under 95 %
	$(BIN)/$(PYTEST) --cov --cov-report=json:coverage.json $(CORE)
	$(BIN)/python .ci/branches.py coverage.json

rest: $(READY)          ## every test that `make coverage` leaves out
	$(BIN)/$(PYTEST) $(CORE:%=--ignore=%)

lock:                   ## write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-header --upgrade --output-file requirements.lock

clean:                  ## what make and the tests have made; runs in outputs/ stay
	rm -rf $(VENV) $(VENV)-newest $(VENV)-oldest .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage coverage.json

# The lock holds every package with its hash; the project itself is linked, so that an edit is seen at once.
# Compiling now saves every kernel the same work later.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "ocop_forecast needs Python 3.11 or newer; set PYTHON=python3.11")'
	@echo "Setting up $(VENV): a minute or two, this once."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/$(PIP) --require-hashes -r requirements.lock
	$(BIN)/$(PIP) --no-deps --editable .
	-$(BIN)/python -m compileall -q $(VENV)
	touch $(READY)
