# Isolambda. Each target makes what it needs; `make help` lists them.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 16

$(VENV)/.installed: infra/locks/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Isolambda needs Python 3.11 or newer; name one with make PYTHON=...")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement infra/locks/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

.PHONY: setup
setup: $(VENV)/.installed ## Make the environment in .venv

# --- One machine -------------------------------------------------------------

.PHONY: run
run: setup ## Serve on 127.0.0.1:8787, with everything kept in .isolambda
	$(BIN)/isolambda serve --host 127.0.0.1 --port 8787 --data-dir .isolambda

# --- Checks and tests --------------------------------------------------------

.PHONY: test
test: check ## Test everything, the fast tests first
	$(BIN)/pytest tests/unit tests/contract tests/cases tests/integration tests/end_to_end --cov
	$(MAKE) test-api
	$(MAKE) test-clients
	$(MAKE) test-artifact
	$(MAKE) test-stack

.PHONY: test-api
test-api: setup ## Ask what schemathesis thinks of, and hold every answer to the OpenAPI document
	$(BIN)/pytest tests/api_schema

.PHONY: bench
bench: setup ## Measure speed and memory, each figure beside another, in under three minutes
	$(BIN)/python -m tests.bench

.PHONY: check
check: format lint types imports template ## Check format, lint, types, imports and the template

.PHONY: format
format: setup
	$(BIN)/ruff format --quiet --check .

.PHONY: lint
lint: setup
	$(BIN)/ruff check --quiet .

.PHONY: types
types: setup
	$(BIN)/mypy
	$(BIN)/mypy tests

.PHONY: imports
imports: setup
	$(BIN)/lint-imports --no-logo

.PHONY: fmt
fmt: setup ## Format the code, and mend what the linter can
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .

.PHONY: clean
clean: ## Remove what was built or installed, but not .isolambda
	rm -rf $(VENV) .venv-sam .venv-checkov .venv-stack .venv-clients .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

# --- Real clients ------------------------------------------------------------

CLIENTS := .venv-clients
PIP_LOCKED = $(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes

# What builds a client is pinned as it is itself: a newer setuptools may not know such old ones.
$(CLIENTS)/%/.installed: infra/locks/clients-%.txt infra/locks/clients-build.txt
	$(PYTHON) -m venv --clear $(@D)
	$(PIP_LOCKED) --requirement infra/locks/clients-build.txt
	$(PIP_LOCKED) --no-build-isolation --requirement $<
	touch $@

# Python is all that the rest needs, so who has no npm goes without this one; its test says so.
$(CLIENTS)/codemash/.installed: infra/locks/clients-codemash/package.json infra/locks/clients-codemash/package-lock.json
	rm -rf $(@D)
	mkdir -p $(@D)
	cp $^ $(@D)
	if command -v npm >/dev/null; then \
		npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --silent && touch $@; \
	else echo 'no npm: the client codemash is left out' >&2; fi

.PHONY: setup-clients
setup-clients: $(CLIENTS)/kazoo-sdk/.installed $(CLIENTS)/pykazoo/.installed $(CLIENTS)/codemash/.installed ## Make an environment for each client in .venv-clients

.PHONY: test-clients
test-clients: setup setup-clients ## Test with real clients of Kazoo and CodeMash, as they were published
	$(BIN)/pytest tests/clients

# --- Locks -------------------------------------------------------------------

LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate \
	--custom-compile-command "make lock"
# What a Lambda carries is what the tests ran with: the same versions, less the rest.
LAMBDA_LOCK = $(LOCK) --python-version 3.13 --constraints infra/locks/dev.txt

$(BIN)/uv:
	$(MAKE) setup

.PHONY: lock
lock: $(BIN)/uv ## Pin what pyproject.toml names; pins that still fit stay
	$(LOCK) --python-version 3.11 --group dev --output-file infra/locks/dev.txt
	$(LOCK) --python-version 3.11 --group sam --output-file infra/locks/sam.txt
	$(LOCK) --python-version 3.11 --group checkov --output-file infra/locks/checkov.txt
	$(LOCK) --python-version 3.13 --group stack --output-file infra/locks/stack.txt
	$(LOCK) --python-version 3.11 --group clients-build --output-file infra/locks/clients-build.txt
	$(LOCK) --python-version 3.11 --group clients-kazoo-sdk --output-file infra/locks/clients-kazoo-sdk.txt
	$(LOCK) --python-version 3.11 --group clients-pykazoo --output-file infra/locks/clients-pykazoo.txt
	$(LAMBDA_LOCK) --group api --output-file functions/api/requirements.txt
	$(LAMBDA_LOCK) --group executor --output-file functions/executor/requirements.txt
	$(LAMBDA_LOCK) --group dispatcher --output-file functions/dispatcher/requirements.txt
	$(LAMBDA_LOCK) --group v8 --output-file layers/v8/requirements.txt
	$(LAMBDA_LOCK) --group runtime --output-file infra/locks/runtime.txt
	if command -v npm >/dev/null; then npm install --prefix infra/locks/clients-codemash \
		--package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund --silent; fi

.PHONY: upgrade
upgrade: LOCK += --upgrade
upgrade: lock ## Pin the newest releases of everything

# --- The stack ---------------------------------------------------------------

ARCHITECTURE ?= x86_64
SAM_VENV := .venv-sam
STACK_VENV := .venv-stack
BUILD := .aws-sam/build
export SAM_CLI_TELEMETRY := 0

# An environment of its own: the SAM CLI pins packages that ours pin otherwise.
$(SAM_VENV)/.installed: infra/locks/sam.txt
	$(PYTHON) -m venv --clear $(SAM_VENV)
	$(SAM_VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement infra/locks/sam.txt
	touch $@

.PHONY: setup-sam
setup-sam: $(SAM_VENV)/.installed ## Make the environment of the SAM CLI in .venv-sam

# SAM's own cache does not see an edit outside a CodeUri, so make decides whether to build: the stamp
# names a checksum of every source, and of whether there is a Python to compile them for Lambda's; it
# lies in the build, which the next `sam build` empties.
SOURCES := find template.yaml functions layers infra/build -type f -not -path '*/__pycache__/*'
STAMP := $(BUILD)/.built-$(ARCHITECTURE)-$(shell { $(SOURCES) | LC_ALL=C sort | xargs cksum; \
	$(PYTHON) infra/build/python313.py >/dev/null 2>&1; echo $$?; } | cksum | tr ' ' -)

$(STAMP): $(SAM_VENV)/.installed
	PATH="$(CURDIR)/$(SAM_VENV)/bin:$$PATH" sam build --no-cached --parameter-overrides Architecture=$(ARCHITECTURE)
	$(SAM_VENV)/bin/python infra/build/pin_architecture.py $(BUILD)/template.yaml $(ARCHITECTURE)
	du -sh $(BUILD)/*/
	touch $@

.PHONY: build
build: $(STAMP) ## Build the stack into .aws-sam for ARCHITECTURE (x86_64 or arm64)

# Another one: checkov pins what the SAM CLI pins otherwise.
CHECKOV_VENV := .venv-checkov

$(CHECKOV_VENV)/.installed: infra/locks/checkov.txt
	$(PYTHON) -m venv --clear $(@D)
	$(PIP_LOCKED) --no-deps --requirement $<
	touch $@

# SAM asks for a region and for credentials, and uses neither here. Nothing is asked of checkov's makers.
.PHONY: template
template: setup setup-sam $(CHECKOV_VENV)/.installed ## Check the template, as it stands and translated to CloudFormation
	export AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none; \
	$(SAM_VENV)/bin/sam validate && $(SAM_VENV)/bin/sam validate --lint
	$(CHECKOV_VENV)/bin/checkov --config-file infra/checkov.yaml --file template.yaml
	$(BIN)/pytest tests/artifact/test_template.py tests/artifact/test_permissions.py

# What Lambda itself runs a handler with; the tests run it under the emulator that the SAM CLI brings.
RUNTIME := .aws-sam/runtime
include infra/build/$(ARCHITECTURE)/platforms.mk

$(RUNTIME)/.installed-$(ARCHITECTURE): infra/locks/runtime.txt $(SAM_VENV)/.installed
	rm -rf $(RUNTIME)
	$(SAM_VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes --no-compile \
		--only-binary=:all: --python-version=3.13 $(PLATFORMS:%=--platform=%) --requirement infra/locks/runtime.txt --target $(RUNTIME)
	touch $@

.PHONY: test-artifact
test-artifact: setup build $(RUNTIME)/.installed-$(ARCHITECTURE) ## Test what would be deployed
	$(BIN)/pytest tests/artifact

# Lambda's Python runs it, and the Lambdas in it. Who has none goes without; the tests say so too.
$(STACK_VENV)/.installed: infra/locks/stack.txt infra/build/python313.py
	rm -rf $(@D)
	if python=$$($(PYTHON) infra/build/python313.py); then \
		"$$python" -m venv $(@D) && $(PIP_LOCKED) --requirement $< && touch $@; fi

.PHONY: stack
stack: setup build $(STACK_VENV)/.installed ## Deploy to a local AWS, and keep it until Ctrl-C
	$(BIN)/python -m tests.stack

.PHONY: test-stack
test-stack: setup build $(STACK_VENV)/.installed ## Test the stack from end to end on a local AWS, and its rights
	ISOLAMBDA_TEST_HOST=stack $(BIN)/pytest tests/end_to_end tests/stack tests/sam_local

.PHONY: sam-local
sam-local: setup build $(STACK_VENV)/.installed ## Run the API and the executor in containers until Ctrl-C (sam local)
	$(BIN)/python -m tests.sam_local

.PHONY: bench-cold
bench-cold: setup build $(RUNTIME)/.installed-$(ARCHITECTURE) ## Measure cold starts, each beside a bare Lambda's, and list the sizes
	$(BIN)/python -m tests.bench.cold

.PHONY: cost
cost: setup build $(RUNTIME)/.installed-$(ARCHITECTURE) ## Count what a million executions cost on AWS, by part
	$(BIN)/python -m tests.bench.cost

.PHONY: deploy
deploy: build ## Deploy to AWS; SAM asks what it must know
	$(SAM_VENV)/bin/sam deploy --guided
