# 碳效 Tanxiao. Two commands matter: `make run` and `make test`. Everything they need is installed here.
PYTHON ?= python3
BIN := .venv/bin
SETUP := .venv/.installed
DEV := .venv/.installed-dev
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/generated/*' -not -path 'web/e2e/*' -not -path 'web/tests/*' 2>/dev/null) openapi.json
PHONE_SOURCES := web/src/format/entry.ts web/src/format/unit.ts $(shell find miniprogram -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/generated/*' -not -path '*/e2e/*' 2>/dev/null) web/tokens.json openapi.json
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup run test check bench e2e wx-live-check web web-test phone phone-test clean

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(SETUP) ## make .venv with everything the product needs

$(SETUP): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -r requirements.txt
	touch $@

$(DEV): $(SETUP) requirements-dev.txt
	$(BIN)/python -m pip install -q -r requirements-dev.txt
	touch $@

run: $(SETUP) web phone ## start everything on HOST:PORT (127.0.0.1:8000) with a demonstration city
	exec $(BIN)/python server.py run

test: $(DEV) ## all tests, against a real PostgreSQL that is started for them
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder tests

check: $(DEV) ## lint, types, layers
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV) ## figures as ratios to a limit measured in the same run
	$(BIN)/python -m bench

e2e: $(DEV) web phone ## the user's story in a headless Chromium (needs /usr/bin/chromium)
	$(BIN)/python -m tests.e2e.story

wx-live-check: $(DEV) ## ask the real WeChat the read-only questions of the tests (WX_APPID, WX_SECRET; skipped without)
	$(BIN)/python -m tests.auth.wechat.live_check

web: static/console/.built ## build the console (Node 20+, or one from pip when there is none)

static/console/.built: $(WEB_SOURCES) web/build.sh | $(SETUP)
	BIN=$(BIN) sh web/build.sh
	touch $@

web-test: $(DEV) web ## tests of the console's own code
	cd web && PATH="$$PATH:$(CURDIR)/.venv/bin" npm run --silent test

phone: static/m/.built ## build the phone's H5 pages, served at /m/

static/m/.built: $(PHONE_SOURCES) | $(SETUP)
	BIN=$(BIN) sh miniprogram/build.sh
	touch $@

phone-test: $(DEV) ## the phone client: types, unit tests, both builds, the built mini-program simulated
	BIN=$(BIN) sh miniprogram/build.sh all
	cd miniprogram && PATH="$$PATH:$(CURDIR)/.venv/bin" npm run --silent test
	touch static/m/.built

clean: ## remove the demonstration database, builds and caches
	rm -rf var static/console static/m miniprogram/dist .pytest_cache .mypy_cache .ruff_cache
