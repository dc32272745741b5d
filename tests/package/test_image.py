"""The container image: its recipe, what the recipe's commands do, and the image where an engine is.

Without an engine the commands run as the recipe has them, as its user and with a root file system
that cannot be written, from the wheel on Python 3.13.
"""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import IO, cast
from uuid import uuid4

import pytest

from isolambda_local.greeting import READY
from tests.package import recipe
from tests.package.dist import ROOT, make, succeed
from tests.support.processes import (
    cpu_ticks,
    descendants,
)
from tests.support.waiting import eventually

BASE = "python:3.13-slim"
BASE_LEFT_BYTES = 75_000_000
"""What the recipe leaves of its base, which has 121 MB."""
IMAGE_BYTES = 200_000_000
RECIPE = recipe.read()
CLIENT = Path(__file__).with_name("client.py")
CONFINED = Path(__file__).with_name("confined.sh")
BUSY_TICKS = 10
"""Processor time that a worker spends on nothing but an execution."""


@dataclass
class Container:
    """A server as it runs in a container, and how to run commands beside it."""

    process: subprocess.Popen[str]
    beside: Callable[[Sequence[str]], list[str]]
    pid: int

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.beside(command), capture_output=True, check=False, input="", text=True
        )

    def workers_ticks(self) -> int:
        return sum(cpu_ticks(pid) for pid in descendants(self.pid))


@contextmanager
def started(*command: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Start a server, wait until it is ready, and end it; its further output is thrown away."""
    with subprocess.Popen(
        command,
        env=environment or None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        stream = cast("IO[str]", process.stdout)
        reader = Thread(target=stream.read)
        output: list[str] = []
        try:
            for line in stream:
                output.append(line)
                if READY in line:
                    break
            else:
                raise AssertionError("".join(output))
            reader.start()
            yield process
        finally:
            process.kill()
            if reader.is_alive():
                reader.join()


@pytest.fixture
def confined(public_environment: Path) -> Iterator[Container]:
    """The server of the recipe without a container engine."""
    tools = ("unshare", "nsenter", "setpriv", "mount", "ip")
    if os.geteuid() != 0 or not all(map(shutil.which, tools)):
        pytest.skip("NO ROOT, OR NO unshare, nsenter, setpriv: THE IMAGE'S COMMANDS WERE NOT RUN")
    user, _, group = RECIPE.user.partition(":")
    python = (public_environment / "bin/python").resolve().parents[1]
    path = f"{public_environment}/bin:/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/sbin:/bin"
    environment = {"PATH": path, "HOME": str(Path.home()), "PYTHONUNBUFFERED": "1"}
    with TemporaryDirectory() as folder:
        os.chown(folder, int(user), int(group))
        alone = ("unshare", "--mount", "--net", "sh", str(CONFINED))
        inside = (folder, user, group, str(python), *RECIPE.command)
        with started(*alone, *inside, **environment) as process:

            def beside(command: Sequence[str]) -> list[str]:
                there = ("--target", str(process.pid), "--mount", "--net", f"--wd={folder}")
                as_user = ("--setuid", user, "--setgid", group)
                return ["nsenter", *there, *as_user, "env", f"PATH={path}", *command]

            yield Container(process, beside, process.pid)


@pytest.fixture(scope="module")
def engine() -> str:
    """A container engine that has the base of the image."""
    found = subprocess.run(
        ["bash", "infra/image/engine"],  # noqa: S607
        capture_output=True,
        check=False,
        cwd=ROOT,
        text=True,
    )
    if found.returncode != 0:
        pytest.skip(found.stderr.strip())
    name = found.stdout.strip()
    if name == "buildah":
        pytest.skip("ONLY buildah HERE, WHICH RUNS NOTHING: THE IMAGE WAS NOT BUILT")
    has_base = subprocess.run([name, "image", "inspect", BASE], capture_output=True, check=False)
    if has_base.returncode != 0:
        pytest.skip(f"NO {BASE} HERE: THE IMAGE WAS NOT BUILT; {name} pull {BASE}")
    return name


@pytest.fixture(scope="module")
def image(engine: str) -> Iterator[str]:
    """The image, built by ``make image``; IMAGE_OPTIONS are the engine's own."""
    name = f"isolambda-{uuid4().hex}"
    make("image", f"IMAGE={name}")
    yield name
    succeed(engine, "rmi", "--force", name)


@pytest.fixture
def contained(engine: str, image: str) -> Iterator[Container]:
    """The server of the image, in a container without network that writes to its volume alone."""
    name = f"isolambda-{uuid4().hex}"
    only_volume = ("--read-only", *(["--read-only-tmpfs=false"] if engine == "podman" else []))
    without = ("--network", "none", "--cap-drop", "all")
    with started(engine, "run", "--rm", "--name", name, *without, *only_volume, image) as process:
        try:
            pid = int(succeed(engine, "inspect", "--format", "{{.State.Pid}}", name))
            yield Container(process, lambda command: [engine, "exec", "-i", name, *command], pid)
        finally:
            subprocess.run([engine, "rm", "--force", name], capture_output=True, check=False)


def holds(container: Container) -> None:
    """Hold a server to what every container of it does."""
    # As an engine has it: the check is tried again while the server starts.
    eventually(lambda: container.run(*RECIPE.health).returncode == 0)
    assert json.loads(container.run("isolambda", "admin", "accounts", "list", "--json").stdout)
    refused = container.run("touch", "/opt/written")
    assert refused.returncode != 0
    assert "Read-only file system" in refused.stderr
    idle = container.workers_ticks()
    asked = ("-", f"http://127.0.0.1:{RECIPE.port}", ".isolambda/credentials.json")
    with (
        CLIENT.open() as program,
        subprocess.Popen(
            container.beside(["python", *asked]),
            stdin=program,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as client,
    ):
        eventually(lambda: container.workers_ticks() >= idle + BUSY_TICKS)
        os.kill(container.pid, signal.SIGTERM)
        answers = client.communicate()[0].splitlines()

    assert json.loads(answers[0]) | {"version": "", "confinement": []} == {
        "status": "ok",
        "version": "",
        "confined": True,
        "confinement": [],
        "processes": 1,
    }
    assert answers[1:] == ["drained"]
    assert container.process.wait() == 0


def test_the_recipe_has_no_fault_that_its_linter_knows() -> None:
    linter = ROOT / ".venv-package/bin/hadolint"
    if not linter.exists():
        pytest.fail("the linter of the recipe is installed by `make test-package`: run that")

    assert succeed(linter, recipe.PATH) == ""


def test_the_recipe_serves_on_every_address_as_a_user_by_number() -> None:
    user, _, group = RECIPE.user.partition(":")

    assert int(user) > 0
    assert int(group) > 0
    assert RECIPE.command[:2] == ["isolambda", "serve"]
    assert "0.0.0.0" in RECIPE.command  # noqa: S104 - a container's own addresses
    assert str(RECIPE.port) in RECIPE.command


def test_what_is_installed_fits(public_environment: Path, tmp_path: Path) -> None:
    if (strip := shutil.which("strip")) is None:
        pytest.skip("NO strip HERE: THE SIZE OF THE IMAGE WAS NOT COUNTED; install binutils")
    stripped = tmp_path / "library"
    total = 0
    for path in public_environment.rglob("*"):
        if path.suffix == ".so":
            succeed(strip, "--strip-unneeded", "-o", stripped, path)
            total += stripped.stat().st_size
        elif path.suffix != ".pyc" and not path.is_dir():
            total += path.lstat().st_size

    assert total + BASE_LEFT_BYTES < IMAGE_BYTES


def test_nothing_is_missed_that_the_recipe_removes(public_environment: Path) -> None:
    coloured = (
        "from rich.console import Console; from rich.syntax import Syntax;"
        "Console().print(Syntax('lambda: 17', 'python'), Syntax('text', 'text'))"
    )

    assert len(recipe.removals(public_environment)) == 2
    assert "Usage" in succeed(public_environment / "bin/isolambda", "admin", "accounts", "--help")
    assert "lambda: 17" in succeed(public_environment / "bin/python", "-c", coloured)


def test_the_commands_of_the_recipe_hold_without_a_container(confined: Container) -> None:
    holds(confined)


def test_a_container_holds(contained: Container) -> None:
    holds(contained)


def test_the_image_adds_little_to_its_base(engine: str, image: str) -> None:
    size = ("image", "inspect", "--format", "{{.Size}}")

    added = int(succeed(engine, *size, image)) - int(succeed(engine, *size, BASE))

    assert added < IMAGE_BYTES - BASE_LEFT_BYTES
