# Everything runs in a virtual environment of the project's own, which is made when it is missing. A fresh machine
# needs make and Python 3.11 or newer, nothing else.
#
#   make test PYTHON=python3.12                     with another interpreter (PYTHON=... works for every target)
#   make test TEST_ARGS="-x tests/test_frame.py"    with arguments for pytest

PYTHON ?=
VENV ?= .venv
DEMO_ARGS ?=
TEST_ARGS ?=
BENCH_ARGS ?=

VENV_PYTHON := $(VENV)/bin/python
INSTALL := $(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check
# The package is installed as a user would, compiled where there is a C compiler, and anew when a source has changed.
SOURCES := setup.py pyproject.toml $(shell find src -name '*.py' -o -name '*.pyx' -o -name '*.pxd')

# PUREZMQ_PURE=1, for any target: everything interpreted, though the environment has the compiled modules, too.
ifdef PUREZMQ_PURE
export PUREZMQ_PURE
endif

PYTEST := $(VENV_PYTHON) -m pytest --override-ini pythonpath=.
# Tests wait more than they work, so several processes share them. TEST_ARGS="-n 0" runs them in one.
SHARED := -n auto --maxprocesses 4 --dist loadfile

.PHONY: help demo test compiled programs lint types examples bench bench-smoke clean FORCE

help:
	@echo "make demo         a guided tour of the library in this terminal"
	@echo "make test         run the tests, on compiled modules; with PUREZMQ_PURE=1 on interpreted ones"
	@echo "make compiled     compile what can be compiled, into build/compiled"
	@echo "make programs     run Jupyter kernels, notebooks and locust with purezmq in the place of pyzmq"
	@echo "make examples     run every example and check what it does"
	@echo "make lint         ruff: rules and format"
	@echo "make types        mypy --strict on src and benchmarks"
	@echo "make bench        measure against pyzmq and pyomq, write the figures"
	@echo "make bench-smoke  the same, each measurement for a moment only"
	@echo "make clean        remove environments, builds and caches"

demo: $(VENV)/.installed
	$(VENV_PYTHON) -m demo $(DEMO_ARGS)

test: $(VENV)/.installed-test
	$(PYTEST) $(SHARED) $(TEST_ARGS)

# For work on the compiled modules: build/compiled beside the sources, kept up to date; see CONTRIBUTING.md.
compiled: $(VENV)/.installed-dev
	PUREZMQ_BUILD=require $(VENV_PYTHON) setup.py --quiet build --build-base build/work --build-lib build/compiled

programs: $(VENV)/.installed-programs
	$(PYTEST) tests/programs $(TEST_ARGS)

examples: $(VENV)/.installed-test
	$(PYTEST) tests/examples $(TEST_ARGS)

lint: $(VENV)/.installed-dev
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .

types: $(VENV)/.installed-dev
	$(VENV_PYTHON) -m mypy --strict src benchmarks

bench: $(VENV)/.installed-bench
	$(VENV_PYTHON) -m benchmarks $(BENCH_ARGS)

bench-smoke: $(VENV)/.installed-bench
	$(VENV_PYTHON) -m benchmarks --smoke $(BENCH_ARGS)

clean:
	rm -rf .venv .venv-* build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp for each set of dependencies: a second run installs nothing until a source changes.

$(VENV)/.installed: $(VENV)/.created $(SOURCES)
	$(INSTALL) .
	@touch $@

$(VENV)/.installed-%: $(VENV)/.created $(SOURCES)
	$(INSTALL) ".[$*]"
	@touch $@

$(VENV)/.created:
	@sh tools/make-venv.sh $(VENV) $(PYTHON)

# A named interpreter is compared with the one that the environment has: no other way to notice the change.
ifneq ($(PYTHON),)
$(VENV)/.created: FORCE
endif
