# Two commands matter: `make run` and `make test`. Both work from a fresh clone.
# Compiled modules are kept whatever the shell says: starting again must not compile anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
BIN := .venv/bin
# As pip does, trust the certificates the machine trusts: a company's own are among them.
UV := $(BIN)/uv --system-certs
UV_VERSION := 0.13.9
# Into our own environment, whatever other one the shell has activated.
UV_INSTALL = $(UV) pip install -q --python $(BIN)/python
INSTALL = ($(UV_INSTALL) -r $(1) && $(UV_INSTALL) --no-deps -e .) \
	|| ($(BIN)/python -m pip install -q -r $(1) && $(BIN)/python -m pip install -q --no-deps -e .)

.PHONY: run test check bench setup dev format lock clean

run: setup
	@$(BIN)/wujin up

setup:
	@$(MAKE) --no-print-directory -s -j3 .venv/.run node_modules/.assets market/static/outlines/.made
	@$(MAKE) --no-print-directory -s market/translations/zh_Hans/LC_MESSAGES/messages.mo

dev: setup .venv/.dev

test: dev
	$(BIN)/pytest -q -n 2 --ignore tests/browser
	$(BIN)/pytest -q tests/browser

check: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python tools/translations.py check

bench: dev
	$(BIN)/python bench/run.py

format: dev
	$(BIN)/ruff check --fix-only -q .
	$(BIN)/ruff format -q .

lock:
	$(UV) pip compile -q pyproject.toml --no-header --no-annotate -o requirements/run.lock
	$(UV) pip compile -q pyproject.toml --extra dev --no-header --no-annotate -c requirements/run.lock -o requirements/dev.lock

clean:
	rm -rf .venv node_modules market/static/vendor market/static/outlines var

.venv/.made:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else "wujin needs Python 3.11 or newer, not %d.%d; set PYTHON" % v[:2])'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION) || true
	@touch $@

.venv/.run: .venv/.made requirements/run.lock pyproject.toml
	@echo "Python packages ..."
	@$(call INSTALL,requirements/run.lock)
	@touch $@

.venv/.dev: .venv/.run requirements/dev.lock
	@echo "Development packages ..."
	@$(call INSTALL,requirements/dev.lock)
	@touch $@

node_modules/.assets: package-lock.json tools/assets.mjs
	@echo "Front-end files ..."
	@npm ci --silent --no-progress
	@node tools/assets.mjs
	@touch $@

# The map does without the outlines when they cannot be had, and says so.
market/static/outlines/.made: tools/basemap.py
	@echo "County outlines ..."
	@mkdir -p market/static/outlines
	@$(PYTHON) tools/basemap.py || echo "No county outlines: the map shows seats, degrees and scale."
	@touch $@

market/translations/zh_Hans/LC_MESSAGES/messages.mo: $(wildcard market/translations/zh_Hans/*.po) tools/translations.py
	@$(BIN)/python tools/translations.py compile
