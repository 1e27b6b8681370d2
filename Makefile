# Each target does all the set-up it needs. PYTHON picks the interpreter: make demo PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MODEL := qwen2.5-coder-0.5b-instruct
ENCODER := all-minilm-l6-v2
STUDENT := smollm2-135m-instruct

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check format config bench models clean

help:
	@echo "make demo    learn, distil and answer fast, on questions made here (20 minutes on two cores)"
	@echo "make test    every test, with coverage"
	@echo "make check   format, lint, types, imports, docs"
	@echo "make format  put the code into its format"
	@echo "make config  write config.toml from the settings classes"
	@echo "make bench   the measurements, written to benchmarks/results.json"
	@echo "make clean   remove what was built; pulled models and your home folder stay"

demo: models
	$(BIN)/python -m benchmarks.demo

test: models $(VENV)/.dev
	$(BIN)/secondnature models pull $(STUDENT)
	$(BIN)/python -m pytest -q --cov --cov-report=term:skip-covered --cov-fail-under=90

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pydoclint --quiet agent memory models router trainer
	$(BIN)/python -m pytest -q -p no:randomly tests/test_docs.py

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

config: $(VENV)/.dev
	$(BIN)/python -c 'from pathlib import Path; from agent.config import Settings, dump_toml; \
		Path("config.toml").write_text(dump_toml(Settings()), "utf-8")'

bench: models $(VENV)/.bench
	$(BIN)/python -m benchmarks

models: $(VENV)/.dev
	$(BIN)/secondnature models pull $(MODEL) $(ENCODER)

clean:
	rm -rf $(VENV) build dist *.egg-info .coverage .hypothesis .mypy_cache .pytest_cache \
		.ruff_cache .import_linter_cache
	find agent memory models router trainer benchmarks tests -name __pycache__ -prune \
		-exec rm -rf {} +

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Second Nature needs Python 3.11 or newer, and '$(PYTHON)' is" \
			"$$($(PYTHON) --version 2>/dev/null || echo not there). Name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/.made
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,bench]'
	@touch $@
