"""Where the build of the stack is, and what runs it here."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILD = ROOT / ".aws-sam" / "build"
RUNTIME = ROOT / ".aws-sam" / "runtime"
EMULATOR = "site-packages/samcli/local/rapid/aws-lambda-rie"
MACHINES = {"x86_64": {"x86_64"}, "arm64": {"aarch64", "arm64"}}
"""By Lambda's name of a processor, the names that operating systems give it."""
