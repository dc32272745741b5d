"""What is published, and the commands that build and install it."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "infra/locks/run.txt"
UV = next((path for path in [ROOT / ".uv/bin/uv"] if path.exists()), shutil.which("uv") or "uv")


@dataclass(frozen=True)
class Dist:
    """What is published."""

    wheel: Path
    sdist: Path


def built(folder: Path) -> Dist:
    [wheel], [sdist] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Dist(wheel, sdist)


def succeed(*command: str | Path, cwd: Path | None = None) -> str:
    """Return what a command prints on stdout; it must succeed."""
    ended = subprocess.run(command, capture_output=True, check=False, cwd=cwd, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def make(*words: str) -> str:
    """Return what a target of the Makefile prints; it must succeed."""
    # What make hands to its own children, if make runs the tests, is not for this one.
    environment = {name: text for name, text in os.environ.items() if "MAKE" not in name}  # noqa: TID251
    ended = subprocess.run(
        ["make", *words],  # noqa: S607
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=environment,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def install(dist: Dist, environment: Path, python: str) -> Path:
    """Install the wheel, with what it needs in the versions of the lock, and return the command."""
    succeed(UV, "venv", "--no-project", "--python", python, environment)
    into = ("pip", "install", "--python", environment)
    succeed(UV, *into, "--constraints", LOCK, "--only-binary", ":all:", dist.wheel)
    return environment / "bin/isolambda"
