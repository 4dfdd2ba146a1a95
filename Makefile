# 乡音 Xiangyin. Two commands matter: `make run` and `make test`. The rest is for developers.
PYTHON ?= python3
PORT ?= 8000
PY := .venv/bin/python

.PHONY: run test test-long lint lint-style lint-format lint-types lint-imports format bench lock clean ready ready-tests

run: ready  ## everything on this machine: web, worker, scheduler, sandbox (PORT=8000)
	@exec $(PY) -m server.launch --port $(PORT) --stop-with-parent

test: ready-tests  ## all tests, on SQLite and on PostgreSQL and Redis that they start themselves
	@$(PY) -m tests.needs
	@$(PY) -m pytest -n auto --dist loadgroup $(ARGS)

test-long: ready-tests  ## the same with many more random histories and the slow fault tests
	@$(PY) -m tests.needs
	@$(PY) -m pytest -n auto --dist loadgroup --long $(ARGS)

lint: lint-style lint-format lint-types lint-imports  ## style, types, import contracts

lint-style: ready-tests
	$(PY) -m ruff check .

lint-format: ready-tests
	$(PY) -m ruff format --check .

lint-types: ready-tests
	$(PY) -m mypy

lint-imports: ready-tests
	.venv/bin/lint-imports

format: ready-tests
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench:  ## every measured axis, or one: make bench ONLY=callbacks
	@$(PYTHON) deploy/bootstrap.py --tests >&2  # standard output holds figures only
	@$(PY) -m tests.bench $(if $(ONLY),--only $(ONLY))

lock: ready-tests  ## compile requirements.in and tests/requirements.in to hashed pins
	$(PY) -m uv pip compile --universal --generate-hashes --python-version 3.11 -q requirements.in -o requirements.txt
	$(PY) -m uv pip compile --universal --generate-hashes --python-version 3.11 -q tests/requirements.in -o tests/requirements.txt

clean:  ## remove the environment and caches; var/ (your data) stays
	rm -rf .venv node_modules miniprogram/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

ready:
	@$(PYTHON) deploy/bootstrap.py

ready-tests:
	@$(PYTHON) deploy/bootstrap.py --tests
