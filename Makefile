# The three commands of every day: make train, make test, make bench.
# Each sets up what it needs; nothing has to be installed by hand but Python >= 3.11 and make.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: train test tests test-thorough mutation lint types stubs docs bench notebooks clean

.venv/ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "autograd_cnn needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch .venv/ready

train: .venv/ready  ## LeNet-5 on MNIST, 3 epochs
	$(BIN)/autograd-cnn train $(ARGS)

# As many workers as cores: BLAS threads of their own would wait for each other (34 s instead of 20 for the
# linear algebra of the registry).
tests test-thorough: export OPENBLAS_NUM_THREADS = 1

test: .venv/ready  ## everything that must be true, types and tests side by side
	$(MAKE) --no-print-directory --jobs=2 lint types tests

tests: .venv/ready
	$(BIN)/python -m pytest -n auto --dist worksteal

test-thorough: .venv/ready  ## fifty times as many examples: an hour or more
	HYPOTHESIS_PROFILE=thorough REGISTRY_SEEDS=50 $(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

mutation: .venv/ready  ## plant faults in every VJP and in the tape, and see which the tests catch
	PYTHONPATH=tests $(BIN)/python -m mutation $(ARGS)

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready
	$(BIN)/mypy

stubs: .venv/ready  ## rewrite the type stubs from the op registry
	$(BIN)/python -m autograd_cnn.core.stubs

docs: .venv/ready  ## rewrite the list of operations from the op registry
	$(BIN)/autograd-cnn ops --markdown > docs/operations.md
	$(BIN)/python -m autograd_cnn.surface.pytorch > docs/pytorch.md

notebooks: .venv/ready  ## execute them anew, and keep the outputs of those that are committed with them
	$(BIN)/python tests/test_notebooks.py

bench:  ## side by side with the peers, each in its own process
	$(PYTHON) -m benchmarks.setup
	.venv-bench/bin/python -m benchmarks.run $(ARGS)

clean:
	rm -rf .venv .venv-bench build dist .pytest_cache .mypy_cache .ruff_cache
