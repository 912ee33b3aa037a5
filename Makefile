# The few commands of Minfu. `make help` lists them.
SHELL := /bin/bash
PORT ?= 8000
export BASE_URL ?= http://127.0.0.1:$(PORT)
PY := .venv/bin/python
UV := $(shell command -v uv || echo .uv/bin/uv)
APPS := config cms evaluations incubator contracts $(filter-out marketplace/__pycache__,$(patsubst %/,%,$(wildcard marketplace/*/)))

.PHONY: help demo demo-data test check states bench lock messages compilemessages format

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

.uv/bin/uv:
	python3 -m venv .uv && .uv/bin/pip install --quiet uv

.venv/ready: requirements.lock .python-version
	@command -v uv >/dev/null || $(MAKE) --no-print-directory .uv/bin/uv
	@[ -x $(PY) ] || $$(command -v uv || echo .uv/bin/uv) venv --quiet .venv
	$$(command -v uv || echo .uv/bin/uv) pip sync --quiet requirements.lock
	@touch .venv/ready

lock:  ## compile requirements.lock from pyproject.toml, naming no index
	@command -v uv >/dev/null || [ -x .uv/bin/uv ] || $(MAKE) --no-print-directory .uv/bin/uv
	$$(command -v uv || echo .uv/bin/uv) pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --quiet -o requirements.lock

messages:  ## gather the strings of every app (or APP=marketplace/tenders) into both catalogues
	@for app in $(or $(APP),$(APPS)); do \
	  mkdir -p $$app/locale && rm -f $$app/locale/en/LC_MESSAGES/django.po && (cd $$app && $(CURDIR)/$(PY) $(CURDIR)/manage.py makemessages -v 0 -l zh_Hans -l en --no-location --no-wrap) && \
	  for po in $$app/locale/*/LC_MESSAGES/django.po; do sed -i '/^"POT-Creation-Date/d;/^"PO-Revision-Date/d;/^"Last-Translator/d;/^"Language-Team/d;/^"Report-Msgid-Bugs-To/d;/^"Project-Id-Version/d;/^# /d;/^#$$/d' $$po; done; \
	  for po in $$app/locale/*/LC_MESSAGES/django.po; do sed -i '1{/fuzzy/d}' $$po; done; \
	  [ -f $$app/locale/en/LC_MESSAGES/django.po ] && msgen --no-wrap -o $$app/locale/en/LC_MESSAGES/django.po $$app/locale/en/LC_MESSAGES/django.po || true; \
	done

compilemessages: .venv/ready
	@for app in $(APPS); do for po in $$app/locale/*/LC_MESSAGES/django.po; do [ -f $$po ] && msgfmt -o $${po%.po}.mo $$po; done; done; true

format: .venv/ready  ## put code and templates in their form
	.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format --quiet .

.venv/system: .ci/system-libraries
	@mkdir -p .venv && .ci/system-libraries && touch $@

var/migrated: .venv/ready .venv/system $(wildcard marketplace/*/migrations/*.py contracts/migrations/*.py evaluations/migrations/*.py incubator/migrations/*.py cms/migrations/*.py)
	@$(MAKE) --no-print-directory compilemessages
	$(PY) manage.py migrate --verbosity 0
	@touch $@

demo-data: var/migrated  ## the embedded database with the demo city in it
	$(PY) manage.py load_demo

demo: demo-data  ## from nothing to a running portal on 127.0.0.1:$PORT
	@echo; echo "  Minfu 民福 is at http://127.0.0.1:$(PORT)/  (accounts: README.md, password: minfu-demo-2026)"; echo
	@trap 'trap - EXIT INT TERM; kill 0' EXIT INT TERM; \
	$(PY) manage.py db_worker --queue-name '*' --interval 1 >var/worker.log 2>&1 & \
	$(PY) manage.py run_clock >var/clock.log 2>&1 & \
	.venv/bin/granian --interface wsgi --host 127.0.0.1 --port $(PORT) --workers 2 --blocking-threads 4 config.wsgi:application & \
	wait

test: .venv/ready .venv/system  ## the whole suite, on SQLite and on PostgreSQL where it is installed
	@$(MAKE) --no-print-directory compilemessages
	DATABASE_URL= .venv/bin/pytest -n auto
	@if [ -n "$(TEST_DATABASE_URL)" ]; then DATABASE_URL="$(TEST_DATABASE_URL)" .venv/bin/pytest -n auto -m "not browser"; \
	else $(PY) -m tests.postgres -- .venv/bin/pytest -n auto -m "not browser"; fi

check: .venv/ready  ## format, lint, types, import order, migrations, translations, templates
	.venv/bin/ruff format --check --quiet .
	.venv/bin/ruff check --quiet .
	.venv/bin/lint-imports --no-cache >/dev/null || .venv/bin/lint-imports --no-cache
	.venv/bin/mypy --no-error-summary .
	$(PY) manage.py makemigrations --check --dry-run --verbosity 0
	$(PY) manage.py check_translations
	.venv/bin/djlint --quiet --lint config cms evaluations incubator contracts marketplace

states: .venv/ready compilemessages  ## draw every state machine into docs/states/, as text for graphviz
	@mkdir -p docs/states && PYTHONHASHSEED=0 $(PY) manage.py graph_transitions | $(PY) -c "import pathlib, re, sys; \
	[pathlib.Path('docs/states', name + '.dot').write_text('digraph {\n\t' + graph.strip() + '\n}\n') for graph, name in \
	re.findall(r'(subgraph cluster_(\w+?)_state \{.*?\n\t\})', sys.stdin.read(), re.S)]"

bench: .venv/ready .venv/system  ## the benchmarks, a line of JSON each
	@$(PY) -m tests.postgres --durable -- $(PY) -m tests.benchmarks
