# The commands of a checkout. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check

.PHONY: help demo up down test prove lint bench lock clean

help:  ## What each target does
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: .venv/installed  ## Everything on sample data, from nothing to a summary
	@$(BIN)/kempt demo

up: .venv/installed  ## Dagster's page with sensors and schedules, until Ctrl-C
	@$(BIN)/kempt up

down: .venv/installed  ## End all that still runs, the embedded database too
	@$(BIN)/kempt down

test: .venv/developing  ## All tests on the real stack
	@command -v chromium >/dev/null || { echo "make test needs Chromium: apt-get install -y chromium" >&2; exit 1; }
	@$(BIN)/python -m pytest -p tests.parallel -n auto --dist loadfile -m "not prove"

prove: .venv/developing .venv/spark/installed  ## The same properties at full size; resumable, results in build/proof/
	@$(BIN)/python -m tests.prove

lint: .venv/developing  ## ruff and mypy
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet kempt assets orchestration expectations tests benchmarks && $(BIN)/mypy

bench: .venv/developing  ## Benchmarks, by stage
	@$(BIN)/python -m benchmarks.pipeline

lock:  ## Resolve the locks anew (needs uv)
	uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --python-version 3.11 \
		--extra build pyproject.toml -o requirements.lock
	uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --python-version 3.11 \
		--extra build --extra dev pyproject.toml -c requirements.lock -o requirements-dev.lock
	echo ziglang | uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
		--python-version 3.11 - -o requirements-compiler.lock
	uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --python-version 3.11 \
		--extra spark pyproject.toml -c requirements.lock -o requirements-spark.lock \
		$$(sed -n 's/^\([a-z0-9.-]*\)==.*/--no-emit-package \1/p' requirements.lock)

clean:  ## Forget the environment and all state
	rm -rf .venv .kempt build

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Kempt needs Python 3.11 or newer; set PYTHON=...") if sys.version_info < (3, 11) else None'
	@echo "creating the environment in .venv"
	@$(PYTHON) -m venv .venv

.venv/installed: requirements.lock pyproject.toml setup.py $(wildcard kempt/matching/kernel/source/*) | .venv/bin/python
	@echo "installing the locked requirements (one to two minutes the first time)"
	@$(PIP) --require-hashes --no-deps -r requirements.lock
	@command -v cc gcc clang >/dev/null || $(PIP) --require-hashes --no-deps -r requirements-compiler.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/developing: requirements-dev.lock .venv/installed
	@echo "installing what tests need"
	@$(PIP) --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

# Apart from what tests use: it brings the modules of pyspark-client too.
.venv/spark/installed: requirements-spark.lock .venv/developing
	@echo "installing PySpark (500 MB)"
	@rm -rf .venv/spark
	@$(PIP) --require-hashes --no-deps --target .venv/spark -r requirements-spark.lock
	@touch $@
