# Each target sets up .venv when it is missing or older than the locks.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(VENV)/.runs
TESTS := $(VENV)/.tests
UV := $(shell command -v uv 2>/dev/null)
PIP := python -m pip --disable-pip-version-check
# A lock is installed as it stands, package by package with its hash: nothing is resolved, so that no later release
# of anything can break it. With uv it is quicker; without it, or where uv does not reach the office's mirror, pip does
# the same. What packages bring to test themselves is not compiled.
LOCKED := --quiet --no-deps --require-hashes -r
INSTALL = $(if $(UV),$(UV) pip install --python $(BIN)/python $(LOCKED) $(1) ||) \
	$(BIN)/$(PIP) install --no-compile $(LOCKED) $(1)
COMPILE = $(BIN)/python -m compileall -q -j 0 -x '/tests/' $(VENV)
PYTEST := python -m pytest -q -n auto --dist worksteal
STRIP := --keep-id --extra-keys "metadata.language_info.version metadata.papermill"

# What a shell asks of Python and pip for other projects is not asked for this one.
unexport PYTHONHOME PYTHONPATH PIP_CONSTRAINT PIP_PREFIX PIP_REQUIREMENT PIP_TARGET
export PIP_USER := 0

# The tests of the statistical core: those that `make coverage` measures (CORE= make coverage: all tests).
CORE ?= tests/models tests/planning tests/evaluation tests/test_scores.py tests/test_mistakes.py

.PHONY: run test test-newest test-oldest lab bench lint tidy coverage rest lock wheel clean

run: $(RUNS)            ## the whole monthly batch on data/, written to outputs/2024-09
	$(BIN)/ocop-forecast run --budget 1.5e9

test: coverage rest     ## every test once: first the statistical core's, with the branches that they take

# Both make their environment anew each time, since releases come and go; the locks lie between them.
test-newest:            ## every test with the newest release of every package
	$(PYTHON) -m venv --clear $(VENV)-newest
	$(VENV)-newest/bin/$(PIP) install --quiet --editable '.[dev]'
	$(VENV)-newest/bin/$(PYTEST)

test-oldest: PYTHON = python3.11
test-oldest:            ## every test with the oldest releases that pyproject.toml allows
	$(PYTHON) -m venv --clear $(VENV)-oldest
	sed -nE 's/^    "([^][>]+)(\[.*\])?>=(.*)",.*/\1==\3/p' pyproject.toml > $(VENV)-oldest/bounds.txt
	$(VENV)-oldest/bin/$(PIP) install --quiet --constraint $(VENV)-oldest/bounds.txt --editable '.[dev]'
	$(VENV)-oldest/bin/$(PYTEST)

lab: $(RUNS)            ## JupyterLab on the notebooks
	$(BIN)/jupyter lab --notebook-dir=. notebooks/00_start.ipynb

bench: $(TESTS)         ## the record of past years, skill, what each idea is worth, calibration, the country, the lean to targets, other places' targets, dossiers, late entries, progress reports, years to come, speed, the lab, the door, the batch, many provinces; benchmarks/README.md has more
	$(BIN)/ocop-forecast backtest
	$(BIN)/python benchmarks/skill.py
	$(BIN)/python benchmarks/ablation.py
	$(BIN)/python benchmarks/calibration.py
	$(BIN)/python benchmarks/country.py
	$(BIN)/python benchmarks/lean.py
	$(BIN)/python benchmarks/truth.py
	$(BIN)/python benchmarks/sources.py
	$(BIN)/python benchmarks/target.py
	$(BIN)/python benchmarks/pipeline.py
	$(BIN)/python benchmarks/late.py
	$(BIN)/python benchmarks/reports.py
	$(BIN)/python benchmarks/years.py
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/waits.py
	$(BIN)/python benchmarks/door.py
	$(BIN)/python benchmarks/batch.py
	$(BIN)/python benchmarks/nation.py

lint: $(TESTS)          ## what a commit must keep: form of the code, its types, its rooms, notebooks without outputs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/nbstripout --verify $(STRIP) notebooks/*.ipynb

tidy: $(TESTS)          ## auto-fixes lint, and clears notebook outputs
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .
	$(BIN)/nbstripout $(STRIP) notebooks/*.ipynb

coverage: $(TESTS)      ## the tests of the statistical core, and which of its branches they take; fails under 95 %
	$(BIN)/$(PYTEST) --cov --cov-report=json:coverage.json $(CORE)
	$(BIN)/python tools/branches.py coverage.json

rest: $(TESTS)          ## every test that `make coverage` leaves out
	$(BIN)/$(PYTEST) $(CORE:%=--ignore=%)

wheel: $(RUNS)          ## the package as others install it, in dist/: a wheel, and the sources that build the same
	rm -rf dist
	$(BIN)/hatchling build

# Extras stay as they are asked for (coverage[toml]), since an old pip would look for them past the lock.
LOCK := uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-header --upgrade
lock:                   ## write both locks anew from pyproject.toml, and see that every Python has its wheels (needs uv)
	$(LOCK) --output-file requirements.lock
	$(LOCK) --extra dev --constraint requirements.lock --output-file requirements-test.lock
	sh .ci/wheels

clean:                  ## what make and the tests have made; runs in outputs/ stay
	rm -rf $(VENV) $(VENV)-newest $(VENV)-oldest dist .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage coverage.json

# What a run needs, and the project itself, linked, so that an edit is seen at once. --clear: nothing stays of another
# Python or an older lock.
$(RUNS): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "ocop_forecast needs Python 3.11 or newer; set PYTHON=python3.11")'
	@echo "Setting up $(VENV): a minute or two, this once."
	$(PYTHON) -m venv --clear $(VENV)
	$(call INSTALL,requirements.lock)
	$(BIN)/$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/$(PIP) check
	-$(COMPILE)
	touch $(RUNS)

# What the tests need besides
$(TESTS): requirements-test.lock $(RUNS)
	$(call INSTALL,requirements-test.lock)
	$(BIN)/$(PIP) check
	-$(COMPILE)
	touch $(TESTS)
