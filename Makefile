# `make book` and `make test` need Python 3.11 and make; everything else they install into .venv.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
EXPERIMENT ?= experiments/dsl20h_ultragain.yaml
PROFILE ?= quick
RECORDINGS ?=
BOOK_FLAGS ?=

# what the chapters and the exploring notebook show
export ULTRAGAIN_EXPERIMENT := $(EXPERIMENT)
export ULTRAGAIN_PROFILE := $(PROFILE)
export ULTRAGAIN_RECORDINGS := $(RECORDINGS)

.PHONY: help book test test-all lab lock clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
	@echo 'Settings: EXPERIMENT=$(EXPERIMENT) PROFILE=$(PROFILE) RECORDINGS=<your own folder>'

book: .venv/.installed  ## record, train what is missing, and build the HTML book into _build/html
	$(BIN)/ultragain sweep "$(EXPERIMENT)" --profile "$(PROFILE)" $(if $(RECORDINGS),--recordings "$(RECORDINGS)")
	$(BIN)/jupyter-book build . $(BOOK_FLAGS)

test: .venv/.installed  ## run the fast tests
	$(BIN)/python -m pytest -m "not system"

test-all: .venv/.installed  ## run all tests, those that start real sweeps and build books included
	$(BIN)/python -m pytest

lab: .venv/.installed  ## open JupyterLab on the exploring notebook
	$(BIN)/jupyter lab notebooks/explore.ipynb

lock:  ## choose new versions: rewrite requirements.lock (then mend environment.yml)
	$(PYTHON) -m venv .venv.lock && .venv.lock/bin/pip install --quiet uv
	.venv.lock/bin/uv pip compile pyproject.toml --all-extras --python-version 3.11 --no-header --no-annotate \
		--upgrade --output-file requirements.lock
	rm -rf .venv.lock

clean:  ## remove the built book, not recordings or runs
	rm -rf _build

.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo 'UltraGain needs Python 3.11: make PYTHON=/path/to/python3.11'; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@
