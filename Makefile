# Needs make, a POSIX sh, Python 3.11 to 3.13 and the package index. `make` alone lists what there is.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help search test test-slow test-jax test-torch test-core docs soak interpreter clean

VENV := .venv
BIN := $(VENV)/bin
EXTRAS := dev
PACKAGES := encodenet_core decoder_search search_spaces
SOURCES := $(wildcard $(foreach package,$(PACKAGES),$(package)/*.* $(package)/*/*.py))

# A stamp in the environment says what a finished installation left there: a copy of the packages, or links to them.
COPIED := $(VENV)/.copied
LINKED := $(VENV)/.linked
# Links follow the sources by themselves; a copy in their place would have the tests run old code.
RUNNABLE := $(or $(wildcard $(LINKED)),$(COPIED))

CANDIDATES := $(if $(PYTHON),"$(PYTHON)",python3.12 python3.13 python3.11 python3 python)
WANTED := Python 3.11, 3.12 or 3.13 with venv and ensurepip
PROBE := import sys, venv, ensurepip; (3, 11) <= sys.version_info < (3, 14) and print(sys.executable)

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1: \2/p' Makefile

search: $(RUNNABLE) ## search for a decoder; ARGS="--trials 4" is handed on
	$(BIN)/decoder-search run $(ARGS)

test: $(LINKED) ## linters, types and the fast tests
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -m "not slow and not soak" -n 2

test-slow: $(LINKED) ## the tests that need more than a few seconds
	$(BIN)/pytest -m "slow and not alone" -n 2 --dist worksteal
	$(BIN)/pytest -m "slow and alone"

test-jax: ## the fast tests of the core on JAX, in an environment of its own
	$(call test_core_on,jax)

test-torch: ## the same on PyTorch, a download of gigabytes
	$(call test_core_on,torch)

test-core: $(LINKED)
	$(BIN)/pytest tests/encodenet_core -m "not slow and not soak" -n 2

docs: $(LINKED) ## the documentation as pages in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

soak: $(LINKED) test-jax test-torch ## the tests that run for long, and the core's on every backend
	$(BIN)/pytest -m soak
	FUZZ_EXAMPLES=300 $(BIN)/pytest tests/fuzz

interpreter: ## print the Python that an environment would be made with
	@$(find_python); echo "$$python"

clean: ## remove the environment, caches and build outputs, never results
	rm -rf $(VENV) $(VENV)-* build dist .*_cache .hypothesis *.egg-info
	find $(PACKAGES) tests -name __pycache__ -prune -exec rm -rf {} +

$(COPIED): pyproject.toml $(SOURCES)
	$(call install,.)

$(LINKED): pyproject.toml
	$(call install,--editable '.[$(EXTRAS)]')

# A backend is installed beside TensorFlow, but not into the environment that all other tests run in.
define test_core_on
@+KERAS_BACKEND=$(1) $(MAKE) --no-print-directory VENV=$(VENV)-$(1) EXTRAS=dev,$(1) GOAL=$@ test-core
endef

# Each candidate is run, because a name on the PATH may be a shim without a Python behind it.
define find_python
for candidate in $(CANDIDATES); do \
    python=$$("$$candidate" -I -c '$(PROBE)' 2>/dev/null) && test -x "$$python" && break; \
    python=; \
done; \
if test -z "$$python"; then $(no_python); exit 1; fi
endef

define no_python
$(if $(PYTHON),said=$$("$(PYTHON)" --version 2>&1 | { read -r line; echo "$$line"; }); \
    printf '%s\n' "PYTHON=$(PYTHON) ($$said) is not $(WANTED)$(remedy)" >&2, \
    printf '%s\n' "found no $(WANTED) among $(CANDIDATES)$(remedy)" >&2)
endef
remedy := ; give one: make PYTHON=/path/to/python3.12 $(or $(GOAL),$(MAKECMDGOALS),test)

# Without a stamp an installation was cut short: it starts again from an empty environment.
define install
@test -e $(COPIED) || test -e $(LINKED) || { $(find_python); "$$python" -m venv --clear $(VENV); }
@rm -f $(COPIED) $(LINKED)
$(BIN)/python -m pip install --quiet --disable-pip-version-check $(1)
@touch $@
endef
