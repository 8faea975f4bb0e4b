# Yusuan from a bare clone. Needs make and Python 3.11; everything else is installed into $(VENV).
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup fonts gold gold-check demo eval test lint format web browser bench schema constraints clean

VENV ?= .venv
OUT  ?= out
PYTHON ?= $(shell for name in python3.11 python3 python3.12 python3.13; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$name && break; done)

bin   := $(VENV)/bin
ready := $(VENV)/ready
torch := $(VENV)/torch
web   := review/web/node_modules/ready
states = $(bin)/python -m yusuan.datasets.goldset.states

# Gold documents of `make demo`: one of each form, digital or in another state of the paper.
DEMO ?= julu menyuan_bad pingwu_office shizhu_organization
# Documents that `make bench` reads.
BENCH ?= menyuan shizhu_office

# $(call debian,PACKAGES): install Debian packages where that is allowed, else say the command and stop.
debian = { if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(1); \
	else echo "missing Debian packages; run: sudo apt-get install $(1), then make again" >&2; exit 1; fi; }

help:  ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/make \1\t\2/p' Makefile | expand -t 18

setup: $(ready)  ## everything that the other targets need, into $(VENV)

# opencv-contrib (brought by paddlex, wants libGL) and opencv-headless (brought by camelot) both write cv2/;
# the one installed last wins. Headless goes last, so that no display library is needed.
$(ready): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "no Python 3.11 to 3.13 found; run: sudo apt-get install python3.11 python3.11-venv, or make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(call debian,python3-venv)
	test -x $(bin)/pip || $(PYTHON) -m venv $(VENV)
	$(bin)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	$(bin)/python -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall \
		"$$(grep '^opencv-python-headless==' constraints.txt)"
	@$(bin)/python -c 'import cv2' 2>/dev/null || $(call debian,libgl1 libglib2.0-0)
	@touch $@

# A step of training is a test, and so is a run on a cluster; nothing else here needs torch or Ray.
$(torch): $(ready)
	$(bin)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
		$$(grep -E '^(torch|onnx|transformers|jieba|ray)==' constraints.txt)
	@touch $@

# Only what is typeset needs them: synthetic pages, the tests of these, and new gold.
fonts: $(ready)  ## Chinese fonts that synthetic pages and new gold are set in (Debian packages)
	@packages="$$($(bin)/python -m yusuan.datasets.synth.fonts)"; test -z "$$packages" || $(call debian,$$packages)

gold: $(ready)  ## all gold documents in all states of their paper, into $(OUT)/gold: some minutes
	$(states) -o $(OUT)/gold

gold-check: $(ready)  ## check the gold: grids, places, labels, sums, hashes, splits, kinds of damage
	$(bin)/python -m yusuan.datasets.goldset.check

demo: $(ready)  ## extract some gold documents, digital and scanned, and print the field F1 table
	$(states) --states digital --documents $(DEMO) -o $(OUT)/gold
	@rm -rf $(OUT)/demo-gold && mkdir -p $(OUT)/demo-gold
	@for name in $(DEMO); do ln -s $(abspath $(OUT))/gold/*/$$name $(OUT)/demo-gold/; done
	$(bin)/yusuan extract $(DEMO:%=$(OUT)/demo-gold/%/document.pdf) -o $(OUT)/demo
	$(bin)/yusuan eval $(OUT)/demo --gold $(OUT)/demo-gold -o $(OUT)/demo-report

eval: $(ready)  ## the same for the development split in all states: many minutes
	$(states) --split dev -o $(OUT)/gold
	$(bin)/yusuan extract $(OUT)/gold/dev/*/document.pdf -o $(OUT)/dev
	$(bin)/yusuan eval $(OUT)/dev --gold $(OUT)/gold/dev -o $(OUT)/dev-report

test: $(torch) lint fonts $(web) browser  ## ruff, mypy, tsc and all tests
	cd review/web && npm run --silent check && npm test --silent
	$(bin)/python -m pytest

# What the review app is built with; the app that was built is in the repository, so only who changes it needs Node.
$(web): review/web/package-lock.json
	@command -v npm >/dev/null || $(call debian,nodejs npm)
	cd review/web && npm ci --no-audit --no-fund --silent
	@touch $@

web: $(ready) $(web)  ## build the review app from review/web into review/static
	$(bin)/python -m yusuan.review.openapi > review/web/openapi.json
	cd review/web && npm run check && npm test && npm run build

# The browser of the tests of the review app.
browser:
	@command -v chromium >/dev/null || $(call debian,chromium)

# mypy cannot see packages that setuptools maps to other folders: it reads them through links.
lint: $(ready)  ## ruff check, ruff format --check, mypy
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	@mkdir -p build/typing/yusuan/datasets
	@for room in extraction models eval training review; do ln -sfn ../../../$$room build/typing/yusuan/$$room; done
	@for room in catalogue goldset synth; do ln -sfn ../../../../datasets/$$room build/typing/yusuan/datasets/$$room; done
	$(bin)/mypy -p yusuan

format: $(ready)  ## let ruff put imports and lines in order
	$(bin)/ruff check --fix .
	$(bin)/ruff format .

bench: $(ready)  ## speed and memory against PaddleOCR and camelot on the gold pages
	$(states) --states digital office bad --documents $(BENCH) -o $(OUT)/bench-gold
	$(bin)/python -m yusuan.eval.bench $(OUT)/bench-gold/dev
	$(bin)/python -m yusuan.eval.bench_batch $(OUT)/bench-gold/dev

schema: $(ready)  ## write docs/document.schema.json from the document type
	$(bin)/python -c 'import json; from yusuan.extraction.document import json_schema; \
		print(json.dumps(json_schema(), indent=2, ensure_ascii=False))' > docs/document.schema.json

constraints: $(ready)  ## write constraints.txt from the versions installed in $(VENV)
	$(bin)/python -m pip list --format=freeze --exclude-editable --exclude pip | sed "s|+cpu$$||" > constraints.txt
	@touch $(ready)

clean:  ## remove what make wrote, $(VENV) included
	rm -rf build dist out $(VENV) *.egg-info .mypy_cache .ruff_cache .pytest_cache
