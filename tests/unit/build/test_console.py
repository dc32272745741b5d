"""The console, as `make console` builds it."""

import gzip
import json
import re
from pathlib import Path

import pytest

from tests.unit.build.test_libraries import would_run

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "functions/api/console"
BUILT = ROOT / "functions/api/isolambda_api/console/app"
SOURCES = sorted(path for path in FOLDER.rglob("*") if path.suffix in {".ts", ".tsx"})
FIRST_VIEW = "functions"
"""The view that a browser shows after the login."""
FIRST_VIEW_BYTES_MAX = 100_000
ALL_BYTES_MAX = 500_000
MARKUP_OF_TEXT = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser"
    r"|srcdoc|\beval\(|new Function\b|setHTMLUnsafe"
)
IMPORTS = re.compile(r"""(?:\bfrom|\bimport)\s*"\./([^"]+)\"""")
LOADS = re.compile(r'(?:href|src)="console/([^"]+)"')


def sent(name: str) -> int:
    """Return the bytes that a browser gets for a file."""
    return len(gzip.compress((BUILT / name).read_bytes(), mtime=0))


def page() -> str:
    return (BUILT / "index.html").read_text()


def needed(names: set[str]) -> set[str]:
    """Return files, and all that they import at once."""
    found: set[str] = set()
    while names - found:
        name = (names - found).pop()
        found.add(name)
        if name.endswith(".js"):
            names = names | set(IMPORTS.findall((BUILT / name).read_text()))
    return found


def test_the_first_view_is_small() -> None:
    [view] = [path.name for path in BUILT.glob(f"{FIRST_VIEW}-*.js")]
    first = needed({"index.html", view, *LOADS.findall(page())})

    assert len(first) > 3
    assert sum(map(sent, first)) <= FIRST_VIEW_BYTES_MAX


def test_all_of_it_is_small() -> None:
    assert sum(sent(path.name) for path in BUILT.iterdir()) <= ALL_BYTES_MAX


def test_the_page_has_nothing_inline_and_loads_from_beside_itself_alone() -> None:
    assert "<style" not in page()
    assert not re.search(r"\son[a-z]+=|style=", page())
    assert re.findall(r"<script[^>]*>([^<]*)</script>", page()) == [""]
    loaded = re.findall(r'(?:href|src)="([^"]+)"', page())
    assert {link.partition("/")[0] for link in loaded} == {"console", "data:,"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_no_text_becomes_markup_or_code(source: Path) -> None:
    assert not MARKUP_OF_TEXT.search(source.read_text())


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_no_text_becomes_an_address(source: Path) -> None:
    """Every address is one of the page, which `href` of the router writes."""
    assert not re.findall(r"\b(?:src|srcset|formAction|xlinkHref|poster)=", source.read_text())
    written = re.findall(r"\bhref=(\{\w+|\S+?)(?=[\s(>])", source.read_text())
    assert set(written) <= {"{href", "{editorAt", "{to", '"#main"'}


def test_the_key_is_kept_nowhere() -> None:
    session = (FOLDER / "src/session.ts").read_text()
    readers = {path.name for path in SOURCES if "keyOfSession" in path.read_text()}

    assert "Storage" not in session
    assert readers == {"session.ts", "api.ts"}
    assert "Storage" not in (FOLDER / "src/api.ts").read_text()


def test_a_file_names_nothing_of_the_machine_that_built_it() -> None:
    for path in BUILT.iterdir():
        content = path.read_bytes()
        assert str(ROOT).encode() not in content
        assert path.name == "LICENSES.txt" or b"node_modules" not in content


def test_every_library_that_is_shipped_has_its_licence_there() -> None:
    licences = (BUILT / "LICENSES.txt").read_text()
    asked = json.loads((FOLDER / "package.json").read_text())["dependencies"]

    stated = re.findall(r"^-{80}\n\n(\S+) (\S+) \((.+)\)$", licences, re.MULTILINE)
    versions = {name: version for name, version, _ in stated}
    assert {name: versions.get(name) for name in asked} == asked
    assert {licence for *_, licence in stated} == {"MIT"}
    assert licences.count("Permission is hereby granted") == len(stated)


def test_nothing_but_libraries_that_are_shipped_is_installed_to_build_it() -> None:
    edit = f"--what-if={(FOLDER / 'package-lock.json').relative_to(ROOT)}"

    [install] = [line for line in would_run(edit, "console").splitlines() if "npm ci" in line]
    assert "--ignore-scripts" in install
    assert "--omit=dev" in install


@pytest.mark.parametrize("target", ["run", "setup", "test-local", "package", "build"])
@pytest.mark.parametrize("edited", ["package-lock.json", "build.mjs", "index.html", "src/app.tsx"])
def test_what_needs_the_console_builds_it_again_after_an_edit(target: str, edited: str) -> None:
    edit = f"--what-if={(FOLDER / edited).relative_to(ROOT)}"

    assert "console/build.mjs" in would_run(edit, target)


def test_make_clean_removes_it() -> None:
    assert str(BUILT.relative_to(ROOT)) in would_run("clean")
