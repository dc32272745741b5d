# Shared by the Makefiles of the Lambdas and layers. `sam build` runs each in infra/build/{architecture}, by
# the template's parameter Architecture (WorkingDirectory). Every path here starts there, so a build reads the
# checkout itself, and installs packages for that architecture only.

include platforms.mk

ROOT := ../../..
PYTHON ?= python3
UV ?= $(ROOT)/.uv/bin/uv

# Install wheels for Lambda's Python, whatever Python runs here. The requirements are complete, so uv resolves
# nothing. uv copies files, because a link would lead into its cache. Scripts go, because they name paths of
# this machine, and the tests that some packages bring along.
define install
test -x "$(UV)" || $(MAKE) -C $(ROOT) .uv/bin/uv
"$(UV)" pip install --quiet --no-deps --require-hashes --only-binary=:all: --link-mode=copy \
	--python-version=3.13 --python-platform=$(PLATFORM) --requirement "$(ROOT)/$(1)/requirements.txt" --target "$(2)"
rm -rf "$(2)/bin" "$(2)/.lock"
find "$(2)" -type d -name tests -prune -exec rm -rf {} +
endef

# Copy a folder of the checkout into a folder of the artifact, without bytecode.
define copy
mkdir -p "$(2)"
cp -R "$(ROOT)/$(1)" "$(2)"
find "$(2)" -name __pycache__ -prune -exec rm -rf {} +
endef

# Of boto3 and botocore, keep the named services only. All others take 27 of 35 MB, and botocore looks through
# their folders before it makes a first client (10 ms).
define keep_services
find "$(2)/boto3/data" "$(2)/botocore/data" -mindepth 1 -maxdepth 1 -type d \
	$(foreach service,$(1),-not -name $(service)) -exec rm -rf {} +
endef

# Compile the artifact $(1), which Lambda has at $(2), for Lambda's Python: Lambda cannot keep bytecode, and
# would compile everything at each cold start (400 ms of ApiFunction's). No one edits an artifact, so Python
# need not check bytecode against its source (unchecked). The bytecode has no path and no time of this machine.
PYTHON_313 := $(shell "$(PYTHON)" $(ROOT)/infra/build/python313.py)
define compile
$(if $(PYTHON_313),PYTHONHASHSEED=0 "$(PYTHON_313)" -m compileall -q -j 0 --invalidation-mode unchecked-hash \
	-s "$(1)" -p "$(2)" "$(1)",@echo '*** BUILT WITHOUT BYTECODE: cold starts take twice as long; install python3.13 ***')
endef

# Compile what dataclasses write, too, for the packages $(2) of the artifact $(1) (90 ms of ApiFunction's cold
# start).
define compile_dataclasses
$(if $(PYTHON_313),PYTHONHASHSEED=0 PYTHONPATH="$(1):$(ROOT)/layers/common/python" "$(PYTHON_313)" -S -B -P \
	$(ROOT)/infra/build/dataclass_code.py "$(1)" $(2))
endef
