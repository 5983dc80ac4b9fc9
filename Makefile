# Needs Python 3.11 or newer, make and pip. Everything else is installed into this folder.
SHELL := /bin/bash
.DEFAULT_GOAL := help

HOST ?= 127.0.0.1
PORT ?= 8000
export KEYTURN_DATA_DIR ?= $(CURDIR)/var
export UV_PYTHON_DOWNLOADS = never

OWN_UV := $(CURDIR)/.uv/bin/uv
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo $(OWN_UV))
BIN := .venv/bin

.PHONY: help start demo test lint check bench screenshots assets wheel clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 18

start: .venv/.product  ## run everything on http://127.0.0.1:8000 (HOST=, PORT=), data in ./var
	@exec $(BIN)/keyturn serve --host $(HOST) --port $(PORT)

demo: .venv/.product  ## the same with demo data, in ./var/demo
	@export KEYTURN_DATA_DIR="$(KEYTURN_DATA_DIR)/demo" && $(BIN)/keyturn demo && \
	exec $(BIN)/keyturn serve --host $(HOST) --port $(PORT)

test: .venv/.everything  ## all tests, on SQLite and on PostgreSQL, and in Chromium
	@tools/test

lint: .venv/.everything  ## style, types, import rules, migrations, lock file, built assets
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(UV) lock --check
	KEYTURN_DATA_DIR="$$(mktemp -d)" $(BIN)/keyturn django makemigrations --check --dry-run
	tools/check-assets
	$(BIN)/hadolint deploy/Dockerfile
	$(BIN)/yamllint --strict deploy

check: lint test  ## lint and test

bench: .venv/.everything  ## benchmarks, with their table
	$(BIN)/python -m tests.bench

screenshots: .venv/.everything  ## pictures of every page in light and dark, wide and phone, in ./var
	$(BIN)/python -m tests.screenshots

assets:  ## rebuild CSS, icons and fonts from frontend/ (needs Node)
	frontend/build.sh

wheel: .venv/.product  ## build the wheel into dist/, install it elsewhere and try it
	$(UV) build --wheel --quiet
	UV="$(UV)" tools/try-wheel

clean:  ## remove what was installed or built here; keeps ./var
	rm -rf .venv .uv dist frontend/node_modules

# Debian's pip refuses to touch the system's Python, but not a folder of our own.
$(OWN_UV):
	@echo "Installing uv into .uv" && python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .uv uv

.venv/.product: uv.lock pyproject.toml $(filter $(OWN_UV),$(UV))
	@$(UV) sync --quiet --frozen --no-dev --inexact && touch $@

.venv/.everything: uv.lock pyproject.toml $(filter $(OWN_UV),$(UV))
	@$(UV) sync --quiet --frozen && touch $@ .venv/.product
