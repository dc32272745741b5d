# What the Makefiles of the Lambdas and layers share. `sam build` runs each of them in
# infra/build/{architecture}, which the template's parameter picks (WorkingDirectory): every path here
# starts there, so a build reads the checkout itself, and packages are for that architecture or none.

include platforms.mk

ROOT := ../../..

# Wheels for Lambda's Python, whatever Python runs pip. The requirements are complete, so pip resolves
# nothing; no bytecode, which would be the wrong Python's; no scripts, which name this machine's paths.
define install
python3 -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --no-compile \
	--only-binary=:all: --implementation=cp --python-version=3.13 $(PLATFORMS:%=--platform=%) \
	--requirement "$(ROOT)/$(1)/requirements.txt" --target "$(2)"
rm -rf "$(2)/bin"
endef

# Copy a folder of the checkout into a folder of the artifact, without bytecode.
define copy
mkdir -p "$(2)"
cp -R "$(ROOT)/$(1)" "$(2)"
find "$(2)" -name __pycache__ -prune -exec rm -rf {} +
endef
