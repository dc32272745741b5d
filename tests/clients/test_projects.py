"""Functions of a project that import packages of npm, deployed to a server as documents."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from isolambda_cli.project.errors import BundleError
from isolambda_cli.project.functions import FunctionSpec
from tests.clients.programs import ENVIRONMENTS, HERE
from tests.clients.test_packages import ESBUILD, EXAMPLES
from tests.support.servers import Server

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None,
    reason="NO node OR NO npm HERE: NO PACKAGE WAS BUNDLED FOR A PROJECT",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{ESBUILD.parent}{os.pathsep}{os.environ['PATH']}")  # noqa: TID251 - for node
    (tmp_path / "node_modules").symlink_to(ENVIRONMENTS / "packages/node_modules")
    (tmp_path / "src").mkdir()
    return tmp_path


def document(folder: Path, text: str) -> Mapping[str, Any]:
    (folder / "src/main.ts").write_text(text, encoding="utf-8")
    return FunctionSpec(folder, "main", "a" * 32, "src/main.ts", {}).document()


def created(server: Server, function: Mapping[str, Any]) -> str:
    return server.create(**{**function, "source": function["function_js"]})


@pytest.mark.parametrize("package", EXAMPLES)
def test_a_package_does_what_its_documentation_says(
    server: Server, folder: Path, package: str
) -> None:
    call, result = EXAMPLES[package]
    example = (HERE / f"packages/{package}.ts").read_text(encoding="utf-8")

    answer = server.execute(created(server, document(folder, example)), call)

    assert answer.get("result") == result, answer


def test_an_error_names_the_line_that_its_author_wrote(server: Server, folder: Path) -> None:
    text = """\
import { z } from "zod";
import { Hono } from "hono";

export default () => {
  new Hono();
  return z.string().parse(1);
};
"""
    function = created(server, document(folder, text))

    error = server.execute(function)["error"]

    assert "    at default (src/main.ts:6:21)" in error["stack"].splitlines()


def test_packages_share_what_both_need(server: Server, folder: Path) -> None:
    text = """\
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { jwt } from "hono/jwt";
const app = new Hono();
app.use(jwt({ secret: "secret", alg: "HS256" }));
app.onError((error) => Response.json(error instanceof HTTPException));
export default async () => (await app.request("/")).json();
"""

    assert server.execute(created(server, document(folder, text)))["result"] is True


def test_commonjs_is_imported_by_name_and_by_default(server: Server, folder: Path) -> None:
    text = """\
import fails, { isRetryAllowed } from "retry";
import later from "p-finally";
export default () => [typeof fails.operation, isRetryAllowed, typeof later];
"""

    function = created(server, document(folder, text))

    assert server.execute(function)["result"] == ["function", None, "function"]


def test_all_of_a_module_is_imported_by_one_name(server: Server, folder: Path) -> None:
    text = """\
import * as fns from "date-fns";
export default async () => [fns.formatISO(0), (await import("itty-router")).json({}).status];
"""

    function = created(server, document(folder, text))

    assert server.execute(function)["result"] == ["1970-01-01T00:00:00Z", 200]


def test_all_of_commonjs_is_refused_with_what_to_write(folder: Path) -> None:
    with pytest.raises(BundleError, match="'retry' is CommonJS: import what you need of it by"):
        document(folder, 'import * as retry from "retry";\nexport default () => retry;')


def test_packages_are_bundled_to_the_same_bytes_in_another_process(folder: Path) -> None:
    text = 'import * as router from "itty-router";\nimport { Hono } from "hono";\n'
    (folder / "src/main.ts").write_text(f"{text}export default [router, Hono];")
    program = (
        "import json, pathlib, sys\n"
        "from isolambda_cli.project.functions import bundled\n"
        "print(json.dumps(bundled(pathlib.Path(sys.argv[1]), 'src/main.ts')))"
    )

    first, second = (
        subprocess.check_output([sys.executable, "-c", program, folder]) for _ in range(2)
    )

    assert first == second
    assert str(Path(tempfile.gettempdir())) not in first.decode()


def test_only_what_is_imported_goes_along(folder: Path) -> None:
    text = 'import { format } from "date-fns";\nexport default () => format(0, "yyyy");'

    files = document(folder, text)["files"]

    assert set(files) == {"src/main.ts", "node_modules/date-fns.js"}
    assert "formatDistanceToNow" not in files["node_modules/date-fns.js"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('import "not-installed";', 'esbuild: Could not resolve "not-installed"'),
        ('import { nothing } from "zod";\nnothing;', "esbuild: No matching export in "),
        ('import "zod";\nconst x = ;', 'esbuild: src/main.ts:2:10: Unexpected ";"'),
        ('import "zod/../../../escaped";', "'zod/../../../escaped': A file has a relative name "),
    ],
)
def test_what_cannot_be_bundled_is_named(folder: Path, text: str, error: str) -> None:
    with pytest.raises(BundleError) as failure:
        document(folder, f"{text}\nexport default 1;")

    assert str(failure.value).startswith(error)
