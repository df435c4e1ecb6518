# Each target sets up .venv when it is missing or older than the lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test lab bench lint lock clean

run: $(READY)           ## the whole monthly batch on data/, written to outputs/2024-09
	$(BIN)/ocop-forecast run --budget 1.5e9

test: $(READY)          ## every test
	$(BIN)/python -m pytest -q -n auto --dist worksteal

lab: $(READY)           ## JupyterLab on the notebooks
	$(BIN)/jupyter lab --notebook-dir=.

bench: $(READY)         ## the record of past years, skill, what each idea is worth, calibration, dossiers, speed, the door, the batch; benchmarks/README.md has more
	$(BIN)/ocop-forecast backtest
	$(BIN)/python benchmarks/skill.py
	$(BIN)/python benchmarks/ablation.py
	$(BIN)/python benchmarks/calibration.py
	$(BIN)/python benchmarks/pipeline.py
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/door.py
	$(BIN)/python benchmarks/batch.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lock:                   ## write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-header --upgrade --output-file requirements.lock

clean:
	rm -rf $(VENV) outputs .pytest_cache .ruff_cache .hypothesis

# The lock holds every package with its hash; the project itself is linked, so that an edit is seen at once.
# Compiling now saves every kernel the same work later.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "ocop_forecast needs Python 3.11 or newer; set PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	-$(BIN)/python -m compileall -q $(VENV)
	touch $(READY)
