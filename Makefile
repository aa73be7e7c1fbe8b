# The commands of the README. `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PORT ?= 5000
OUT ?= demo
MINUTES ?= 60
PYTHON ?= python3
BIN := .venv/bin
export UNDERSIGNED_PUBLIC_URL ?= http://127.0.0.1:$(PORT)

.venv/ready: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }
	@echo "Installing the packages that Undersigned needs …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/ready-for-tests: .venv/ready tests/requirements.txt
	@echo "Installing the packages that checks and tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	@touch $@

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: .venv/ready ## Set up and start the product on an embedded database (PORT=5000)
	@$(BIN)/flask start --port $(PORT)

.PHONY: demo
demo: .venv/ready ## Run a letter end to end (LETTER=file OUT=demo)
	@env -u UNDERSIGNED_PUBLIC_URL $(BIN)/flask demo $(if $(LETTER),"$(LETTER)") --out "$(OUT)"

.PHONY: test
test: .venv/ready-for-tests machine ## Set up and run the whole test suite
	@env -u UNDERSIGNED_PUBLIC_URL $(BIN)/pytest -n 2 --dist worksteal

.PHONY: test-quick
test-quick: .venv/ready-for-tests ## Run the tests that need no database, in a few seconds
	@env -u UNDERSIGNED_PUBLIC_URL $(BIN)/pytest -n 2 tests/unit -m 'not slow'

.PHONY: coverage
coverage: .venv/ready-for-tests machine ## Run the suite and list the branches of the code that it never takes
	@env -u UNDERSIGNED_PUBLIC_URL $(BIN)/pytest -n 2 --dist worksteal --cov --cov-report=term

.PHONY: soak
soak: .venv/ready-for-tests machine ## Run the long versions of the random tests, then an hour of service (MINUTES=60)
	@env -u UNDERSIGNED_PUBLIC_URL SOAK=20 $(BIN)/pytest -n 2 --dist worksteal $$(grep -rl SOAK tests --include='test_*.py')
	@env -u UNDERSIGNED_PUBLIC_URL $(BIN)/python -m tests.soak $(MINUTES)

.PHONY: bench
bench: .venv/ready-for-tests ## Measure speed, as ratios within one run; writes instance/bench.json (ONLY=group)
	@env -u UNDERSIGNED_PUBLIC_URL $(BIN)/python -m tests.bench $(ONLY)

.PHONY: check
check: .venv/ready-for-tests ## Check format, lint, types, imports, templates and diagrams
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/djlint --quiet --lint templates
	@$(BIN)/djlint --quiet --check templates/pages || { echo "A template is not formatted: make format"; exit 1; }
	@$(BIN)/python -m workflow.states | diff docs/states.md - || { echo "docs/states.md is out of date: make diagrams"; exit 1; }
	@$(BIN)/python .ci/house.py --check

.PHONY: format
format: .venv/ready-for-tests ## Format the code and fix lint errors
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/djlint --quiet --reformat templates/pages || true

.PHONY: diagrams
diagrams: .venv/ready-for-tests ## Write docs/states.md from the state tables, and the drawing in docs/house.md
	@$(BIN)/python -m workflow.states > docs/states.md
	@$(BIN)/python .ci/house.py

.PHONY: audit
audit: .venv/ready-for-tests ## Check all locked packages for known vulnerabilities
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit
	@$(BIN)/pip-audit --disable-pip -r requirements.txt -r tests/requirements.txt

.PHONY: translations
translations: .venv/ready ## Update the catalogues in templates/translations with new messages
	@mkdir -p instance
	@$(BIN)/pybabel -q extract -F pyproject.toml -k lazy_gettext -k lazy_ngettext:1,2 -k marked -k action:3 -k mail:2 --no-location --sort-output -o instance/messages.pot .
	@$(BIN)/pybabel -q extract --no-location --sort-output -o instance/documents.pot workflow/documents/writing/phrases.py
	@for one in templates/translations/*/LC_MESSAGES/*.po; do \
	  $(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -w 110 \
	    -l $$(basename $${one%/*/*}) -i instance/$$(basename $$one)t -o $$one || exit 1; \
	done
	@sed -i -E '/^"(Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By):/d; s/Version:  /Version: /' templates/translations/*/LC_MESSAGES/*.po

# What the tests want of the machine: installed from Debian when root, else the tests are skipped with a line.
.PHONY: machine
machine:
	@bash .ci/machine

.PHONY: lock
lock: ## Lock the requirements with hashes (needs uv)
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links -o requirements.txt requirements.in
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links -o tests/requirements.txt tests/requirements.in
