"""The locks are what pyproject.toml asks for. `make lock` writes them; this needs no network."""

import json
import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
LAMBDA_LOCKS = {
    "api": ROOT / "functions/api/requirements.txt",
    "executor": ROOT / "functions/executor/requirements.txt",
    "dispatcher": ROOT / "functions/dispatcher/requirements.txt",
    "v8": ROOT / "layers/v8/requirements.txt",
}
LOCKS = {
    "uv": ROOT / "infra/locks/uv.txt",
    "build": ROOT / "infra/locks/build.txt",
    "node": ROOT / "infra/locks/node.txt",
    "package": ROOT / "infra/locks/package.txt",
    "run": ROOT / "infra/locks/run.txt",
    "dev": ROOT / "infra/locks/dev.txt",
    "sam": ROOT / "infra/locks/sam.txt",
    "checkov": ROOT / "infra/locks/checkov.txt",
    "stack": ROOT / "infra/locks/stack.txt",
    "clients-build": ROOT / "infra/locks/clients-build.txt",
    "clients-kazoo-sdk": ROOT / "infra/locks/clients-kazoo-sdk.txt",
    "clients-pykazoo": ROOT / "infra/locks/clients-pykazoo.txt",
    "runtime": ROOT / "infra/locks/runtime.txt",
    **LAMBDA_LOCKS,
}
IN_LAMBDA = {"python_version": "3.13", "python_full_version": "3.13.0", "sys_platform": "linux"}
IN_CPYTHON = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
BUILDING_MACHINES: tuple[dict[str, str], ...] = (
    {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
)

_PIN = re.compile(
    r"(?P<name>[\w.-]+)==(?P<version>\S+)(?: ; (?P<marker>.+?))?"
    r"(?P<hashes>( --hash=sha256:[0-9a-f]{64})+)"
)


class Pin(NamedTuple):
    version: str
    marker: str | None
    hashes: frozenset[str]


def pins(lock: Path) -> dict[str, list[Pin]]:
    """Return what a lock pins; a package has several pins where platforms differ.

    A line that is no pin with hashes (an option, the address of a registry) fails the test.
    """
    found: dict[str, list[Pin]] = {}
    text = re.sub(r" \\\n +", " ", lock.read_text())  # one line for each pin
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        pin = _PIN.fullmatch(line)
        assert pin is not None, f"{lock.name} has a line that is no pin: {line}"
        found.setdefault(pin["name"], []).append(
            Pin(pin["version"], pin["marker"], frozenset(pin["hashes"].split()))
        )
    return found


def members(group: str) -> Iterator[Requirement]:
    """Yield what a group of pyproject.toml names, with the groups that it includes.

    ``run`` is the package's own dependencies.
    """
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed: dict[str, list[Any]] = {
        "run": document["project"]["dependencies"],
        **document["dependency-groups"],
    }
    for member in listed[group]:
        if isinstance(member, str):
            yield Requirement(member)
        else:
            yield from members(member["include-group"])


def with_all_they_need(requirements: Iterator[Requirement]) -> set[str]:
    """Return the names of the requirements in Lambda, and of all that these require in turn.

    The environment was installed from dev.txt, so the packages themselves can be asked.
    """
    found: set[tuple[str, str]] = set()
    waiting = list(requirements)
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras} - {extra for seen, extra in found if seen == name}:
            found.add((name, extra))
            waiting += [
                needed
                for needed in map(Requirement, metadata.requires(name) or [])
                if needed.marker is None or needed.marker.evaluate({**IN_LAMBDA, "extra": extra})
            ]
    return {name for name, _ in found}


@pytest.mark.parametrize("group", LOCKS)
def test_a_lock_pins_everything_that_its_group_names(group: str) -> None:
    pinned = pins(LOCKS[group])

    for member in members(group):
        assert any(
            member.specifier.contains(pin.version) for pin in pinned[canonicalize_name(member.name)]
        )


@pytest.mark.parametrize("group", LAMBDA_LOCKS)
def test_a_lambda_carries_what_its_group_needs_and_nothing_else(group: str) -> None:
    assert pins(LOCKS[group]).keys() == with_all_they_need(members(group))


@pytest.mark.parametrize("group", [*LAMBDA_LOCKS, "run"])
def test_what_runs_has_the_versions_that_the_tests_ran_with(group: str) -> None:
    tested = pins(LOCKS["dev"])

    assert [
        name
        for name, [pin] in pins(LOCKS[group]).items()
        if not any(
            (pin.version, pin.hashes) == (other.version, other.hashes) for other in tested[name]
        )
    ] == []


@pytest.mark.parametrize("group", LAMBDA_LOCKS)
def test_a_lambda_needs_the_same_packages_wherever_it_is_built(group: str) -> None:
    # pip judges a marker by the machine that builds, and not by Lambda.
    markers = [Marker(pin.marker) for [pin] in pins(LOCKS[group]).values() if pin.marker]

    assert [
        (marker, machine)
        for marker in markers
        for machine in BUILDING_MACHINES
        if not marker.evaluate({**IN_CPYTHON, **machine})
    ] == []


@pytest.mark.parametrize(
    "folder",
    [
        "infra/locks/clients-codemash",
        "infra/locks/clients-mcp-conformance",
        "infra/locks/clients-packages",
        "infra/locks/clients-tokens",
        "infra/locks/clients-typescript",
        "infra/build/platform",
        "functions/api/console",
    ],
)
def test_a_lock_of_npm_has_a_hash_for_everything_and_no_address(folder: str) -> None:
    asked = json.loads((ROOT / folder / "package.json").read_text())["dependencies"]
    packages = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"]

    assert packages.pop("")["dependencies"] == asked
    assert {name: packages[f"node_modules/{name}"]["version"] for name in asked} == asked
    for package in packages.values():
        assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package
