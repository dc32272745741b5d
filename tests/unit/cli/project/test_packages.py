"""Packages need esbuild; what it says of a mistake reaches the author in one line."""

from pathlib import Path

import pytest

from isolambda_cli.project.errors import BundleError
from isolambda_cli.project.functions import bundled

FAILS = """\
#!/bin/sh
echo >&2
echo '✘ [ERROR] Expected ";" but found "x"' >&2
echo >&2
echo '    src/main.js:3:5:' >&2
exit 1
"""
"""Stands for esbuild, and fails as it does."""


def project(folder: Path, text: str, esbuild: str | None = None) -> Path:
    (folder / "main.js").write_text(text)
    if esbuild is not None:
        own = folder / "node_modules/.bin/esbuild"
        own.parent.mkdir(parents=True)
        own.write_text(esbuild)
        own.chmod(0o755)
    return folder


@pytest.fixture
def without_esbuild(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")


@pytest.mark.usefixtures("without_esbuild")
@pytest.mark.parametrize(
    "text",
    [
        'import { z } from "zod";',
        'import {\n  z,\n} from "zod";',
        "import 'zod';",
        "const a = 1;import{z}from'zod';",
        'export * from "@scope/zod/part";',
        'export default () => import("zod");',
    ],
)
def test_without_esbuild_the_error_says_how_to_install_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(BundleError, match="`npm install --save-dev esbuild` installs it"):
        bundled(project(tmp_path, text), "main.js")


@pytest.mark.usefixtures("without_esbuild")
@pytest.mark.parametrize(
    "text",
    [
        'import { a } from "./main.js"; export default a;',
        'import { test } from "isolambda:test"; export default test;',
        '// import { z } from "zod";\nexport default 1;',
        "export default \"not from 'zod'\";",
    ],
)
def test_without_packages_there_is_nothing_to_bundle(tmp_path: Path, text: str) -> None:
    assert bundled(project(tmp_path, text), "main.js") == {"main.js": text}


def test_a_mistake_that_esbuild_finds_is_one_line_with_its_place(tmp_path: Path) -> None:
    folder = project(tmp_path, 'import "zod";', FAILS)

    with pytest.raises(BundleError) as failure:
        bundled(folder, "main.js")

    assert str(failure.value) == 'esbuild: src/main.js:3:5: Expected ";" but found "x"'


def test_an_esbuild_that_does_not_start_is_named(tmp_path: Path) -> None:
    folder = project(tmp_path, 'import "zod";', "#!/nonexistent/node\n")

    with pytest.raises(BundleError, match=r"esbuild does not start: No such file or directory"):
        bundled(folder, "main.js")
