# Each target first makes what it needs. `make help` lists the targets.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# uv compiles nothing, so the first import writes the bytecode, even where the environment forbids it. Otherwise
# each process compiles again, which takes longer than most of its work.
unexport PYTHONDONTWRITEBYTECODE

export PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_VENV := .venv-run
LIBRARIES := functions/executor/isolambda_executor/platform/vendor/LICENSES.txt \
	infra/cli/isolambda_cli/testing/vendor/LICENSES.txt
CONSOLE := functions/api/isolambda_api/console/app/LICENSES.txt

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 16

# --- Environments ------------------------------------------------------------

# uv installs every environment from a complete lock with hashes. It resolves nothing and builds nothing, so a
# later release changes nothing. `make UV=/path/to/uv` uses another uv.
UV := .uv/bin/uv
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1

define NO_UV

make: uv, which installs every environment, could not be installed: see the lines above.
make: pip has to reach its package index (its settings, PIP_INDEX_URL and proxies apply; uv has UV_DEFAULT_INDEX for another index).
make: If uv is on this machine already, name it: make UV=/path/to/uv
endef
export NO_UV

# pip installs uv into a folder, because Debian has the module venv in a package of its own.
.uv/bin/uv: infra/locks/uv.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "make: Isolambda needs Python 3.11 or newer; name one with make PYTHON=/path/to/python")'
	rm -rf .uv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
		--no-compile --root-user-action=ignore --target .uv --requirement $< || { echo "$$NO_UV" >&2; exit 1; }
	touch $@

# Make the environment $(@D) with the packages of the lock $(1), for the Python $(2) (PYTHON by default).
environment = rm -rf $(@D) && \
	$(UV) venv --quiet --no-project --python "$(or $(2),$$($(PYTHON) -c 'import sys; print(sys.executable)'))" $(@D) && \
	$(UV) pip sync --quiet --python $(@D) --require-hashes --no-build $(1)

# Install the package into the environment $(@D), editable.
editable = $(UV) pip install --quiet --python $(@D) --no-deps --build-constraints infra/locks/build.txt --editable .

$(VENV)/.installed: infra/locks/dev.txt infra/locks/build.txt pyproject.toml $(UV)
	$(call environment,infra/locks/dev.txt)
	$(editable)
	touch $@

$(RUN_VENV)/.installed: infra/locks/run.txt infra/locks/build.txt pyproject.toml $(UV)
	$(call environment,infra/locks/run.txt)
	$(editable)
	touch $@

.PHONY: setup
setup: $(VENV)/.installed $(LIBRARIES) $(CONSOLE) ## Make the environment for checks and tests in .venv

.PHONY: setup-run
setup-run: $(RUN_VENV)/.installed $(LIBRARIES) $(CONSOLE) ## Make the environment of `make run` in .venv-run

# --- Libraries in JavaScript -------------------------------------------------

# esbuild bundles npm packages into what the executor carries, and into what tests of functions import. Nothing of
# them is in git.
NPM_VENV := .venv-npm
NODE_VENV := .venv-node

$(NODE_VENV)/.installed: infra/locks/node.txt $(UV)
	$(call environment,infra/locks/node.txt)
	touch $@

# Have Node 20 or newer, and its npm: this machine's, or else those of the package index, from a lock.
with_node = { command -v npm && node -e 'process.exit(Number.parseInt(process.versions.node) < 20 ? 1 : 0)'; } >/dev/null 2>&1 || \
	{ $(MAKE) $(NODE_VENV)/.installed && export PATH="$(CURDIR)/$(NODE_VENV)/bin:$$PATH"; }

define NO_NPM

make: the libraries in JavaScript could not be installed: see the lines above.
make: npm has to reach its registry (its settings, NPM_CONFIG_REGISTRY and proxies apply).
endef
export NO_NPM

# No package may run a script of its own. esbuild needs none.
$(NPM_VENV)/.installed: infra/build/platform/package.json infra/build/platform/package-lock.json
	rm -rf $(@D)
	mkdir -p $(@D)
	cp $^ $(@D)
	@$(with_node); npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null || \
		{ echo "$$NO_NPM" >&2; exit 1; }
	touch $@

functions/executor/%: BUNDLED := infra/build/platform/libraries
infra/cli/%: BUNDLED := infra/build/platform/testing

# The folders are among them because a folder is newer when a file is gone.
$(LIBRARIES): $(NPM_VENV)/.installed $(wildcard $(addprefix infra/build/platform/,*.*js libraries libraries/*.js testing testing/*.js testing/parts testing/parts/*.js))
	@$(with_node); node infra/build/platform/build.mjs $(NPM_VENV) $(BUNDLED) $(@D)

.PHONY: libraries
libraries: $(LIBRARIES) ## Build the libraries in JavaScript that the executor and tests of functions carry

# --- The console -------------------------------------------------------------

# The same esbuild bundles the console. What it is made of is in an environment, and what checks its types in another.
CONSOLE_SOURCES := functions/api/console
CONSOLE_VENV := .venv-console
CONSOLE_CHECK_VENV := .venv-console-check

$(CONSOLE_VENV)/.installed: OMIT := --omit=dev
$(CONSOLE_VENV)/.installed $(CONSOLE_CHECK_VENV)/.installed: $(CONSOLE_SOURCES)/package.json $(CONSOLE_SOURCES)/package-lock.json
	rm -rf $(@D)
	mkdir -p $(@D)
	cp $^ $(@D)
	@$(with_node); npm ci --prefix $(@D) $(OMIT) --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null || \
		{ echo "$$NO_NPM" >&2; exit 1; }
	touch $@

# The folders are among them because they are newer when a file is gone.
$(CONSOLE): $(NPM_VENV)/.installed $(CONSOLE_VENV)/.installed $(wildcard $(CONSOLE_SOURCES)/*.*) $(shell find $(CONSOLE_SOURCES)/src)
	@$(with_node); node $(CONSOLE_SOURCES)/build.mjs $(NPM_VENV) $(CONSOLE_VENV) $(@D)

.PHONY: console
console: $(CONSOLE) ## Build the console, which the API serves at /console

# TypeScript looks for packages above a source, so it is shown the sources in the environment.
.PHONY: console-types
console-types: $(CONSOLE_CHECK_VENV)/.installed
	ln -sfn ../$(CONSOLE_SOURCES)/src ../$(CONSOLE_SOURCES)/tsconfig.json $(CONSOLE_CHECK_VENV)
	@$(with_node); node $(CONSOLE_CHECK_VENV)/node_modules/typescript/bin/tsc --project $(CONSOLE_CHECK_VENV)

# --- One machine -------------------------------------------------------------

HOST ?= 127.0.0.1
PORT ?= 8787
DATA ?= .isolambda

.PHONY: run
run: setup-run ## Serve on 127.0.0.1:8787, and keep everything in .isolambda (PORT=, HOST=, DATA=)
	exec $(RUN_VENV)/bin/isolambda serve --host "$(HOST)" --port "$(PORT)" --data-dir "$(DATA)"

# --- Checks and tests --------------------------------------------------------

# One process for each processor that this one may use. An idle process takes tests over from a busy one.
PARALLEL := -n logical --maxprocesses 8 --dist worksteal

# The folders whose single tests take longest come first, so that the others run beside them.
LOCAL_TESTS := tests/clients tests/artifact tests/unit tests/contract tests/wpt tests/cases tests/attacks tests/integration tests/end_to_end
OF_CHECK := tests/artifact/test_template.py tests/artifact/test_permissions.py

SKIPS := .skipped

# The suites that mostly wait (for a local AWS, for answers, for programs to start) run beside the others.
.PHONY: test
test: ## Check and test everything
	$(MAKE) -j 2 --output-sync=target check ready
	rm -f $(SKIPS)
	PYTEST_ADDOPTS="--skips $(SKIPS)" $(MAKE) -j 4 --output-sync=target test-local test-stack test-api test-package test-console
	@if [ -s $(SKIPS) ]; then echo "NOT TESTED HERE:"; sort -u $(SKIPS); fi

.PHONY: test-local
test-local: ready ## Test units, contracts, cases, clients, servers of one machine, and the built Lambdas
	$(BIN)/pytest $(PARALLEL) $(LOCAL_TESTS) $(OF_CHECK:%=--ignore=%)

.PHONY: test-fast
test-fast: setup ## Test units and contracts without V8, processes or AWS, in two to three minutes
	$(BIN)/pytest $(PARALLEL) -m "not slow" --hypothesis-profile=fast --ignore=tests/unit/executor tests/unit tests/contract

.PHONY: coverage
coverage: setup ## Test units and contracts, and fail when they cover less than 90 %
	$(BIN)/pytest $(PARALLEL) tests/unit tests/contract --cov

.PHONY: test-api
test-api: setup ## Send requests that schemathesis makes, and check every answer against the OpenAPI document
	$(BIN)/pytest tests/api_schema

# Each process has a server and a browser of its own, so two of them are enough for two processors.
.PHONY: test-console
test-console: setup $(CONSOLE_CHECK_VENV)/.installed ## Test the console in Chromium (CHROMIUM=/path/to/it for another than Debian's)
	$(BIN)/pytest -n 2 --dist worksteal tests/console

.PHONY: pictures
pictures: setup $(CONSOLE_CHECK_VENV)/.installed ## Make a picture of every view of the console in .pictures, in both themes and for a phone
	$(BIN)/pytest -n 2 --dist worksteal tests/console/test_every_view.py

.PHONY: wpt
wpt: setup ## Run web-platform-tests, from ../shared/wpt or a checkout (WPT=), in at most ten minutes
	$(BIN)/python -m tests.wpt

.PHONY: probe
probe: setup ## Count the surface of ECMA-429 that an isolate has, and list what is missing
	$(BIN)/python -m infra.surface

.PHONY: bench
bench: setup .venv-clients/tokens/.installed ## Measure speed and memory beside other programs, in about four minutes
	$(BIN)/python -m tests.bench

.PHONY: check
check: format lint types console-types imports locks engine template ## Check format, lint, types, imports, locks and the template

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
fmt: setup ## Format the code, and let the linter mend what it can
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .

.PHONY: clean
clean: ## Remove all builds and environments, but not .isolambda
	rm -rf .uv dist $(dir $(LIBRARIES)) $(dir $(CONSOLE)) $(NPM_VENV) $(CONSOLE_VENV) $(CONSOLE_CHECK_VENV) $(NODE_VENV) $(VENV) $(PACKAGE_VENV) $(RUN_VENV) $(SAM_VENV) $(CHECKOV_VENV) $(STACK_VENV) $(CLIENTS) .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .pictures

# --- Real clients ------------------------------------------------------------

CLIENTS := .venv-clients

# A lock pins setuptools too: a newer one may not build clients this old.
$(CLIENTS)/%/.installed: infra/locks/clients-%.txt infra/locks/clients-build.txt $(UV)
	$(call environment,infra/locks/clients-build.txt)
	$(UV) pip install --quiet --python $(@D) --no-deps --require-hashes --no-build-isolation --requirement $<
	touch $@

# Only these need this machine's npm. Without it they are left out, and their tests are skipped with that reason.
NPM_CLIENTS := $(CLIENTS)/codemash/.installed $(CLIENTS)/packages/.installed $(CLIENTS)/typescript/.installed
$(NPM_CLIENTS): $(CLIENTS)/%/.installed: infra/locks/clients-%/package.json infra/locks/clients-%/package-lock.json
	rm -rf $(@D)
	mkdir -p $(@D)
	cp $^ $(@D)
	if command -v npm >/dev/null; then \
		npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --silent && touch $@; \
	else echo 'no npm: $(@D) is left out' >&2; fi

# The conformance suite of the Model Context Protocol needs a newer Node than many machines have, and no bench is without
# the tokenizer.
NODE_CLIENTS := $(CLIENTS)/mcp-conformance/.installed $(CLIENTS)/tokens/.installed
$(NODE_CLIENTS): $(CLIENTS)/%/.installed: infra/locks/clients-%/package.json infra/locks/clients-%/package-lock.json $(NODE_VENV)/.installed
	rm -rf $(@D)
	mkdir -p $(@D)
	cp $(wordlist 1,2,$^) $(@D)
	PATH="$(CURDIR)/$(NODE_VENV)/bin:$$PATH" npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --silent
	touch $@

.PHONY: setup-clients
setup-clients: $(CLIENTS)/kazoo-sdk/.installed $(CLIENTS)/pykazoo/.installed $(NODE_CLIENTS) $(NPM_CLIENTS) ## Make an environment for each client in .venv-clients

.PHONY: test-clients
test-clients: setup setup-clients ## Test with published clients of Kazoo and CodeMash, TypeScript, and npm packages
	$(BIN)/pytest tests/clients

# --- Package -----------------------------------------------------------------

PACKAGE_VENV := .venv-package
DIST ?= dist
IMAGE ?= isolambda
IMAGE_OPTIONS ?=

$(PACKAGE_VENV)/.installed: infra/locks/package.txt $(UV)
	$(call environment,infra/locks/package.txt)
	touch $@

.PHONY: package
package: $(PACKAGE_VENV)/.installed $(LIBRARIES) $(CONSOLE) ## Build wheel and sdist into dist, and check them
	rm -rf "$(DIST)"
	$(UV) build --quiet --sdist --wheel --build-constraints infra/locks/build.txt --require-hashes --out-dir "$(DIST)"
	$(PACKAGE_VENV)/bin/twine check --strict "$(DIST)"/*.whl "$(DIST)"/*.tar.gz

.PHONY: image
image: DIST = dist
image: export BUILDAH_FORMAT = docker# podman keeps the HEALTHCHECK in this format alone
image: package ## Build the container image isolambda (IMAGE=, IMAGE_OPTIONS= for the engine)
	engine=$$(bash infra/image/engine) && "$$engine" build --file infra/image/Dockerfile --tag "$(IMAGE)" \
		--build-arg VERSION="$$(ls dist/*.whl | cut -d- -f2)" $(IMAGE_OPTIONS) .

.PHONY: test-package
test-package: setup $(PACKAGE_VENV)/.installed ## Test the package in fresh environments, and the image if an engine is installed
	$(BIN)/pytest tests/package

# --- Locks -------------------------------------------------------------------

LOCK = $(UV) pip compile --quiet --universal --generate-hashes --no-annotate --custom-compile-command "make lock"
# A Lambda and one machine run the versions that the tests ran with.
RUN_LOCK = $(LOCK) --python-version 3.11 --constraints infra/locks/dev.txt
LAMBDA_LOCK = $(LOCK) --python-version 3.13 --constraints infra/locks/dev.txt

.PHONY: lock
lock: $(UV) ## Pin what pyproject.toml names, and keep the pins that still fit
	$(LOCK) --python-version 3.11 pyproject.toml --extra aws --group dev --output-file infra/locks/dev.txt
	$(RUN_LOCK) pyproject.toml --output-file infra/locks/run.txt
	for group in uv build node package sam checkov clients-build clients-kazoo-sdk clients-pykazoo; do \
		$(LOCK) --python-version 3.11 --group $$group --output-file infra/locks/$$group.txt; done
	$(LOCK) --python-version 3.13 --group stack --output-file infra/locks/stack.txt
	$(LAMBDA_LOCK) --group api --output-file functions/api/requirements.txt
	$(LAMBDA_LOCK) --group executor --output-file functions/executor/requirements.txt
	$(LAMBDA_LOCK) --group dispatcher --output-file functions/dispatcher/requirements.txt
	$(LAMBDA_LOCK) --group v8 --output-file layers/v8/requirements.txt
	$(LAMBDA_LOCK) --group runtime --output-file infra/locks/runtime.txt
	if command -v npm >/dev/null; then for client in codemash mcp-conformance packages tokens typescript; do \
		npm install --prefix infra/locks/clients-$$client \
			--package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund --silent; done; fi
	$(with_node); for packages in infra/build/platform $(CONSOLE_SOURCES); do \
		npm install --prefix $$packages $(NEWEST) --save-exact \
			--package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund --silent; done

LOCKS_313 := infra/locks/stack.txt infra/locks/runtime.txt functions/api/requirements.txt \
	functions/executor/requirements.txt functions/dispatcher/requirements.txt layers/v8/requirements.txt
LOCKS_311 := $(filter-out $(LOCKS_313),$(wildcard infra/locks/*.txt))
NPM_LOCKS := infra/build/platform/package-lock.json $(CONSOLE_SOURCES)/package-lock.json
COMPLETE := $(addprefix complete/,$(LOCKS_311) $(LOCKS_313)) $(NPM_LOCKS:%=complete/%)

.PHONY: locks
locks: $(COMPLETE) ## Check that every lock is complete, so that an installation resolves nothing

# A lock is complete when it pins all that uv would install for it. Later releases do not matter.
PINS := grep -oE '^[A-Za-z0-9._-]+==[^ ;]+'
$(addprefix complete/,$(LOCKS_311)): LOCKED_FOR := 3.11
$(addprefix complete/,$(LOCKS_313)): LOCKED_FOR := 3.13

.PHONY: $(COMPLETE)
$(filter %.txt,$(COMPLETE)): complete/%: $(UV)
	@found=$$($(UV) pip compile --quiet --universal --no-annotate --no-header --python-version $(LOCKED_FOR) $*) && \
	diff <($(PINS) $* | sort -u) <($(PINS) <<<"$$found" | sort -u) >&2 || { echo "make: $* is not complete: make lock" >&2; exit 1; }

$(NPM_LOCKS:%=complete/%): complete/%:
	@$(with_node); npm ci --prefix $(dir $*) --dry-run --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null || \
	{ echo "make: $* is not complete: make lock" >&2; exit 1; }

.PHONY: engine
engine: $(UV) ## Print the age of the pinned V8, and whether there is a newer one
	@$(PYTHON) infra/build/engine_age.py $(UV) layers/v8/requirements.txt

.PHONY: upgrade
upgrade: LOCK += --upgrade
upgrade: NEWEST = $$(node -p "const {dependencies, devDependencies} = require('./$$packages/package.json'); \
	Object.keys({...dependencies, ...devDependencies}).join('@latest ')")@latest
upgrade: lock ## Pin the newest releases of everything

# --- The stack ---------------------------------------------------------------

ARCHITECTURE ?= x86_64
SAM_VENV := .venv-sam
STACK_VENV := .venv-stack
BUILD := .aws-sam/build
export SAM_CLI_TELEMETRY := 0

# An environment of its own: the SAM CLI and .venv pin the same packages at different versions.
$(SAM_VENV)/.installed: infra/locks/sam.txt $(UV)
	$(call environment,$<)
	touch $@

.PHONY: setup-sam
setup-sam: $(SAM_VENV)/.installed ## Make the environment of the SAM CLI in .venv-sam

# SAM's own cache does not see an edit outside a CodeUri, so make decides whether to build. The stamp's name has
# a checksum of every source, and of whether a Python 3.13 is there to compile them. The stamp lies in the build,
# which the next `sam build` empties.
SOURCES := find template.yaml functions layers infra/build -type f -not -path '*/__pycache__/*' -not -path '*/vendor/*' -not -path '*/console/app/*'
STAMP := $(BUILD)/.built-$(ARCHITECTURE)-$(shell { $(SOURCES) | LC_ALL=C sort | xargs cksum; \
	$(PYTHON) infra/build/python313.py >/dev/null 2>&1; echo $$?; } | cksum | tr ' ' -)

$(STAMP): $(SAM_VENV)/.installed | $(LIBRARIES) $(CONSOLE)
	$(SAM_VENV)/bin/sam build --no-cached --parameter-overrides Architecture=$(ARCHITECTURE)
	$(SAM_VENV)/bin/python infra/build/pin_architecture.py $(BUILD)/template.yaml $(ARCHITECTURE)
	du -sh $(BUILD)/*/
	touch $@

.PHONY: build
build: $(STAMP) ## Build the stack into .aws-sam for ARCHITECTURE (x86_64 or arm64)

# Another environment: checkov and the SAM CLI pin the same packages at different versions.
CHECKOV_VENV := .venv-checkov

$(CHECKOV_VENV)/.installed: infra/locks/checkov.txt $(UV)
	$(call environment,$<)
	touch $@

# SAM wants a region and credentials, and uses neither here. checkov sends nothing to its makers.
.PHONY: template
template: setup setup-sam $(CHECKOV_VENV)/.installed ## Check the template, as written and translated to CloudFormation
	export AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none; \
	$(SAM_VENV)/bin/sam validate && $(SAM_VENV)/bin/sam validate --lint
	$(CHECKOV_VENV)/bin/checkov --config-file infra/checkov.yaml --file template.yaml
	$(BIN)/pytest $(OF_CHECK)

# Lambda's own runtime for Python. The tests run it under the emulator that the SAM CLI brings.
RUNTIME := .aws-sam/runtime
include infra/build/$(ARCHITECTURE)/platforms.mk

$(RUNTIME)/.installed-$(ARCHITECTURE): infra/locks/runtime.txt $(UV)
	rm -rf $(RUNTIME)
	$(UV) pip install --quiet --no-deps --require-hashes --only-binary=:all: --python-version=3.13 --python-platform=$(PLATFORM) \
		--requirement infra/locks/runtime.txt --target $(RUNTIME)
	touch $@

.PHONY: test-artifact
test-artifact: setup build $(RUNTIME)/.installed-$(ARCHITECTURE) ## Test the built Lambdas
	$(BIN)/pytest $(PARALLEL) tests/artifact

# The Python 3.13 of Lambda runs the local AWS, and the Lambdas in it. Without a Python 3.13 the tests are skipped.
$(STACK_VENV)/.installed: infra/locks/stack.txt infra/build/python313.py $(UV)
	if python=$$($(PYTHON) infra/build/python313.py); then \
		$(call environment,$<,$$python) && touch $@; fi

# All that the tests need and do not make themselves.
.PHONY: ready
ready: setup setup-clients $(PACKAGE_VENV)/.installed build $(RUNTIME)/.installed-$(ARCHITECTURE) $(STACK_VENV)/.installed

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
deploy: build ## Deploy to AWS; SAM asks for the parameters
	$(SAM_VENV)/bin/sam deploy --guided
