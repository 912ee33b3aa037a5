# The few commands of Minfu. `make help` lists them.
SHELL := /bin/bash
PORT ?= 8000
PY := .venv/bin/python
UV := $(shell command -v uv || echo .uv/bin/uv)
APPS := config cms evaluations incubator contracts $(filter-out marketplace/__pycache__,$(patsubst %/,%,$(wildcard marketplace/*/)))

.PHONY: help demo demo-data test check bench lock messages compilemessages format

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
	  mkdir -p $$app/locale && (cd $$app && $(CURDIR)/$(PY) $(CURDIR)/manage.py makemessages -v 0 -l zh_Hans -l en --no-location --no-wrap) && \
	  for po in $$app/locale/*/LC_MESSAGES/django.po; do sed -i '1{/^\#, fuzzy/d};/^"POT-Creation-Date/d;/^"PO-Revision-Date/d;/^"Last-Translator/d;/^"Language-Team/d;/^"Report-Msgid-Bugs-To/d;/^"Project-Id-Version/d;/^# /d;/^#$$/d' $$po; done; \
	  [ -f $$app/locale/en/LC_MESSAGES/django.po ] && msgen --no-wrap -o $$app/locale/en/LC_MESSAGES/django.po $$app/locale/en/LC_MESSAGES/django.po || true; \
	done

compilemessages: .venv/ready
	@for app in $(APPS); do for po in $$app/locale/*/LC_MESSAGES/django.po; do [ -f $$po ] && msgfmt -o $${po%.po}.mo $$po; done; done; true

format: .venv/ready  ## put code and templates in their form
	.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format --quiet .
