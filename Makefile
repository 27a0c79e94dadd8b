# Everything a person or a machine does with the project; `make help` lists it.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help run test lint format bench bench-quality docs clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable .
	@touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

run: .venv/installed ## train a population on a built-in table, then predict with the model chosen from it
	$(BIN)/schuss train digits --test 0.2
	$(BIN)/schuss predict latest digits --output predictions.csv

test: .venv/installed-dev ## run every test and doctest
	$(BIN)/pytest --quiet --numprocesses 2 --dist worksteal

lint: .venv/installed-dev ## style, format, types and the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports --no-logo

format: .venv/installed-dev ## put the code in form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/installed-dev ## the README's table of speeds, against PyTorch and scikit-learn
	$(BIN)/python -m benchmarks

bench-quality: .venv/installed-dev ## how well schuss predicts real tables beside other libraries (extra: bench)
	$(BIN)/python -m benchmarks.quality
	$(BIN)/python -m benchmarks.quality.picture

docs: .venv/installed-dev ## draw the lab's pictures, build and run the course's notebooks
	$(BIN)/python docs/build.py

clean: ## remove what was made
	rm -rf .venv runs gallery predictions.csv
