# Two commands on a fresh machine: `make serve` runs the assistant, `make test` passes the tests.
PYTHON ?= python3
VENV ?= .venv
# Idle OpenMP threads must not spin: beside a second busy process they would stall the first.
export OMP_WAIT_POLICY = PASSIVE
PIP = $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: serve test lint clean

serve: $(VENV)/.serve
	$(VENV)/bin/seamless serve

test: $(VENV)/.dev
	$(VENV)/bin/python -m pytest --numprocesses 2 --dist loadfile

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# torch first: on machines with a local CPU build, a later requirement must not replace it.
$(VENV)/.torch: constraints.txt | $(VENV)/bin/python
	@echo "Installing torch into $(VENV) ..."
	$(PIP) torch
	@touch $@

$(VENV)/.serve: pyproject.toml constraints.txt $(VENV)/.torch
	@echo "Installing seamless-retail[serve,forecast] into $(VENV) ..."
	$(PIP) --editable '.[serve,forecast]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt $(VENV)/.torch
	@echo "Installing seamless-retail with all extras into $(VENV) ..."
	$(PIP) --editable '.[serve,studio,llm,postgres,imports,associative,chroma,qdrant,forecast,privacy,code,train,wandb,dev]'
	@touch $@ $(VENV)/.serve

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
