# `make book` and `make test` need make and Python 3.11, 3.12 or 3.13; everything else they install into .venv.

SUITS := -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
# the newest that is there and works: a name of Python may be no more than a hint that it could be installed
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3 python; do \
	$$python $(SUITS) 2>/dev/null && { echo $$python; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
EXPERIMENT ?= experiments/dsl20h_ultragain.yaml
PROFILE ?=
RECORDINGS ?=
BOOK_FLAGS ?=

# what the exploring notebook shows
export ULTRAGAIN_EXPERIMENT := $(EXPERIMENT)
export ULTRAGAIN_PROFILE := $(PROFILE)
export ULTRAGAIN_RECORDINGS := $(RECORDINGS)

.PHONY: help book site test test-all test-pages lint lab lock clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
	@echo 'Settings: EXPERIMENT=$(EXPERIMENT) PROFILE=$(PROFILE) RECORDINGS=<your own folder>'

book: $(VENV)/.installed  ## record, train what is missing, and build the HTML book into _build/html
	$(BIN)/ultragain book "$(EXPERIMENT)" $(if $(PROFILE),--profile "$(PROFILE)") $(if $(RECORDINGS),--recordings "$(RECORDINGS)") $(BOOK_FLAGS)

site: $(VENV)/.installed  ## build the HTML book from the published run alone, without training
	$(BIN)/ultragain site "$(EXPERIMENT)" $(BOOK_FLAGS)

test: $(VENV)/.installed  ## run the fast tests
	$(BIN)/python -m pytest -m "not system and not pages"

test-all: $(VENV)/.installed  ## run all tests, those that start real sweeps and build books included
	$(BIN)/python -m pytest -m "not pages"

test-pages: $(VENV)/.installed  ## look at the built book in a browser, after `make book` or `make site`
	$(BIN)/python -m pytest -m pages

lint: $(VENV)/.installed  ## check the code's format, common mistakes and the direction of imports
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports

lab: $(VENV)/.installed  ## open JupyterLab on the exploring notebook
	$(BIN)/jupyter lab --ServerApp.tornado_settings="{'websocket_max_message_size': 200000000}" notebooks/explore.ipynb

lock:  ## choose new versions: rewrite requirements.lock (then mend environment.yml)
	$(PYTHON) -m venv .venv.lock && .venv.lock/bin/pip install --quiet uv
	.venv.lock/bin/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --no-header \
		--no-annotate --upgrade --output-file requirements.lock
	rm -rf .venv.lock

clean:  ## remove the built book, not recordings or runs
	rm -rf _build

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(BIN)/pip --version >/dev/null 2>&1 || $(PYTHON) $(SUITS) 2>/dev/null || { echo 'UltraGain needs Python 3.11, 3.12' \
		'or 3.13 with its module venv (Debian: apt install python3-venv), or make PYTHON=/path/to/it'; exit 1; }
	$(BIN)/pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@
