# Everything a developer or a newcomer types. `make run` and `make test` set up what they need by themselves.

PY := .venv/bin/python
STAMP := .venv/.set-up
PYTHON ?= python3
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
# a library asks for a folder that we do not use
export PYTHONWARNINGS ?= ignore:XDG_RUNTIME_DIR:RuntimeWarning

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup run test check bench soak web wheel hooks asterisk clean screenshots

help:
	@echo "make run       set up and start everything with the practice floor; Ctrl-C stops it"
	@echo "make test      set up and run every test, those against a real Asterisk too"
	@echo "make check     format, lint, types, contracts, security, dead code, limits, documents, console"
	@echo "make bench     measurements"
	@echo "make soak      the long storms"
	@echo "make web       build the console (run and test do it when it changed)"
	@echo "make screenshots  pictures of the console for README; ARGS=--all for every page in every form"
	@echo "make wheel     dist/: an installable file with the console in it"
	@echo "make hooks     has git look at each commit first"
	@echo "make asterisk  fetch Asterisk and write its configuration"
	@echo "make clean     remove var/ (but its tools) and what was built"

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Python 3.11 or newer is needed: use Debian 12 or newer, or make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(MAKE) --no-print-directory .install-venv
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@echo "Installing the packages into .venv (once, about a minute)"
	@$(PY) -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

.PHONY: .install-venv
.install-venv:
	@if [ "$$(id -u)" != 0 ]; then \
	    echo "Python's venv module is missing. Type this, then try again:"; \
	    echo "  sudo apt-get install -y python3-venv"; exit 1; fi
	@echo "Installing python3-venv"
	@export DEBIAN_FRONTEND=noninteractive; apt-get install -qq -y python3-venv >/dev/null 2>&1 \
	    || { apt-get update -qq && apt-get install -qq -y python3-venv >/dev/null; }

web: setup
	@$(PY) -m api.console.build schema
	@$(PY) -m api.console.build

screenshots: setup
	@$(PY) -m ari_bridge.node prepare
	@$(PY) -m tests.console.browser
	@$(PY) -m tests.console.screenshots $(ARGS)

# ended with SIGTERM, a clean stop, should make itself be killed
run: setup
	@$(PY) -m api.console.build || echo "Everything but the console starts."
	@exec setpriv --pdeathsig TERM .venv/bin/tianzhou up --practice

test: setup
	@$(PY) -m ari_bridge.node prepare
	@$(PY) -m tests.console.browser
	@$(PY) -m api.console.build
	$(PY) -m tests.run $(ARGS)

check: setup
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m bandit --quiet -c pyproject.toml -r dialer ari_bridge recordings api
	$(PY) -m tests.house.audit
	$(PY) -m pytest --quiet tests/house
	$(PY) -m api.console.build check

hooks: setup
	.venv/bin/pre-commit install --hook-type pre-commit --hook-type pre-push

wheel: setup
	PIP_CONSTRAINT=constraints.txt $(PY) -m pip wheel --quiet --no-deps --wheel-dir dist .

bench: setup
	$(PY) -m tests.bench $(ARGS)

soak: setup
	$(PY) -m tests.soak $(ARGS)

asterisk: setup
	$(PY) -m ari_bridge.node prepare

# only the default data folder: one set by TIANZHOU_DATA_DIR may hold recordings that nobody else has
clean:
	@if [ -e var/supervisor/up.lock ] && ! flock --nonblock var/supervisor/up.lock true; then \
	    echo "Tianzhou is running on var/: stop it first."; exit 1; fi
	@if [ -d var ]; then find var -mindepth 1 -maxdepth 1 ! -name tools -exec rm -rf {} +; fi
	@rm -rf api/console/files build dist htmlcov .coverage .coverage.* *.egg-info .pytest_cache .mypy_cache .ruff_cache \
	    .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './.venv/*' -not -path './var/*' -prune -exec rm -rf {} +
