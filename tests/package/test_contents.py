"""What wheel and sdist hold: all of the product, its licence, and nothing else."""

import subprocess
import tarfile
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from shutil import copyfile, copytree
from zipfile import ZipFile

import pytest

import isolambda_core
from isolambda_local.sqlite.migrations import SCHEMA_VERSION
from tests.package.dist import ROOT, UV, Dist, built, succeed

PACKAGES = {
    "isolambda_api": "functions/api",
    "isolambda_cli": "infra/cli",
    "isolambda_core": "layers/common/python",
    "isolambda_dispatcher": "functions/dispatcher",
    "isolambda_executor": "functions/executor",
    "isolambda_local": "infra/local",
}
LIBRARIES = ROOT / "functions/executor/isolambda_executor/platform/vendor"
OF_TESTS = ROOT / "infra/cli/isolambda_cli/testing/vendor"
CONSOLE = ROOT / "functions/api/isolambda_api/console/app"
LIBRARIES_BYTES_MAX = 2_000_000
HOOK = "infra/build/require_libraries.py"
BESIDES = {"LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore", HOOK}
DOCUMENTS = ("*.md", "infra/docs/**/*", "infra/adr/*.md", "infra/monitoring/*")
INFO = f"isolambda-{isolambda_core.__version__}.dist-info"


def sources() -> dict[str, bytes]:
    """Return the files of all packages in the checkout, by their names in an environment.

    The libraries in JavaScript and the console are among them, though git leaves out what is made.
    """
    listed = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        text=True,
    )
    found = {}
    made = [
        str(path.relative_to(ROOT))
        for folder in (LIBRARIES, OF_TESTS, CONSOLE)
        for path in folder.iterdir()
    ]
    for name in [*listed.splitlines(), *made]:
        for package, place in PACKAGES.items():
            if name.startswith(f"{place}/{package}/") and (ROOT / name).exists():
                found[name.removeprefix(f"{place}/")] = (ROOT / name).read_bytes()
    return found


def wheel_files(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def metadata(wheel: Path) -> Message:
    return BytesParser().parsebytes(wheel_files(wheel)[f"{INFO}/METADATA"])


def test_the_wheel_holds_the_packages_as_they_are_and_nothing_else(dist: Dist) -> None:
    files = wheel_files(dist.wheel)
    about = {name for name in files if name.startswith(f"{INFO}/")}

    assert {name: files[name] for name in files.keys() - about} == sources()
    assert about == {
        f"{INFO}/{name}"
        for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    }


def test_types_javascript_and_migrations_are_among_them(dist: Dist) -> None:
    names = wheel_files(dist.wheel).keys()

    assert {f"{package}/py.typed" for package in PACKAGES} <= names
    javascript = {name for name in names if name.endswith(".js")}
    folders = {Path(name).parent.name for name in javascript}
    assert folders == {"app", "later", "platform", "prelude", "samples", "src", "vendor"}
    migrations = {name for name in names if name.endswith(".sql")}
    assert len(migrations) == SCHEMA_VERSION
    assert {Path(name).parent.name for name in migrations} == {"migrations"}


def test_the_libraries_are_small_and_have_their_licences_with_them(dist: Dist) -> None:
    of_libraries = {
        Path(name).name: content
        for name, content in wheel_files(dist.wheel).items()
        if Path(name).parent.name == LIBRARIES.name
    }

    assert {"LICENSES.txt", "streams.js", "encoding.js", "curves.js"} <= of_libraries.keys()
    assert sum(map(len, of_libraries.values())) < LIBRARIES_BYTES_MAX


def test_the_console_has_its_licences_with_it(dist: Dist) -> None:
    of_console = {
        Path(name).name
        for name in wheel_files(dist.wheel)
        if name.startswith("isolambda_api/console/app/")
    }

    assert {"LICENSES.txt", "index.html"} <= of_console


@pytest.mark.parametrize(
    ("there", "target"),
    [((), "libraries"), ((LIBRARIES,), "libraries"), ((LIBRARIES, OF_TESTS), "console")],
)
def test_a_checkout_without_them_says_what_to_run(
    tmp_path: Path, there: tuple[Path, ...], target: str
) -> None:
    for name in ("pyproject.toml", "README.md", "LICENSE", HOOK):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        copyfile(ROOT / name, tmp_path / name)
    for folder in there:
        made = tmp_path / folder.relative_to(ROOT) / "LICENSES.txt"
        made.parent.mkdir(parents=True)
        made.touch()
    core = "layers/common/python/isolambda_core"
    copytree(ROOT / core, tmp_path / core)
    lock = ROOT / "infra/locks/build.txt"
    locked = ("--build-constraints", lock, "--require-hashes")

    built = subprocess.run(
        [UV, "build", "--wheel", *locked, tmp_path], capture_output=True, check=False, text=True
    )

    assert built.returncode != 0
    assert f"Run `make {target}` first" in built.stderr
    assert "Traceback" not in built.stderr


def test_the_sdist_holds_what_the_wheel_is_built_of_and_the_documents_and_nothing_else(
    dist: Dist,
) -> None:
    with tarfile.open(dist.sdist) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}

    found = (path for each in DOCUMENTS for path in ROOT.glob(each) if path.is_file())
    documents = {str(path.relative_to(ROOT)) for path in found}
    code = {f"{PACKAGES[name.partition('/')[0]]}/{name}" for name in sources()}
    assert names == BESIDES | documents | code


def test_the_sdist_builds_the_same_wheel_and_the_same_sdist(dist: Dist, tmp_path: Path) -> None:
    with tarfile.open(dist.sdist) as opened:
        opened.extractall(tmp_path, filter="data")
    [unpacked] = tmp_path.iterdir()
    for path in unpacked.rglob("*"):
        # Another user's mask, and another day, make no difference.
        path.chmod(0o700 if path.is_dir() else 0o600)

    lock = ROOT / "infra/locks/build.txt"
    locked = ("--build-constraints", lock, "--require-hashes")
    succeed(UV, "build", "--sdist", "--wheel", *locked, "--out-dir", tmp_path / "again", unpacked)

    again = built(tmp_path / "again")
    assert again.wheel.read_bytes() == dist.wheel.read_bytes()
    assert again.sdist.read_bytes() == dist.sdist.read_bytes()


def test_its_metadata_say_what_it_is(dist: Dist) -> None:
    about = metadata(dist.wheel)

    assert (about["Name"], about["Version"]) == ("isolambda", isolambda_core.__version__)
    assert (about["License-Expression"], about["License-File"]) == ("Apache-2.0", "LICENSE")
    assert about["Requires-Python"] == ">=3.11"
    assert about.get_all("Provides-Extra") == ["aws", "otlp"]
    needed = about.get_all("Requires-Dist") or []
    assert [name for name in needed if name.startswith("boto") and "extra" not in name] == []
    # The engine drives the C interface of this one release.
    assert [name for name in needed if name.startswith("mini-racer")] == ["mini-racer==0.14.1"]
