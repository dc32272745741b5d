"""The document that a function of a project is deployed as."""

import os
from pathlib import Path
from typing import cast

import pytest

from isolambda_cli.project.errors import BundleError
from isolambda_cli.project.functions import FunctionSpec
from isolambda_cli.project.modules import read_modules
from isolambda_core.domain.limits import FILES, SOURCE_BYTES

ENTRY = 'export { default } from "./src/main.js";\n'


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def spec(folder: Path, main: str = "src/main.js") -> FunctionSpec:
    return FunctionSpec(folder, "main", "a" * 32, main, {"record": "all"})


def refused(folder: Path, main: str = "src/main.js") -> str:
    with pytest.raises(BundleError) as refusal:
        spec(folder, main).document()
    return str(refusal.value)


def test_a_module_goes_along_under_its_own_name(tmp_path: Path) -> None:
    write(tmp_path, {"src/main.js": "export default () => 1;"})

    assert spec(tmp_path).document() == {
        "name": "main",
        "enabled": True,
        "record": "all",
        "language_pack": "javascript",
        "function_js": ENTRY,
        "files": {"src/main.js": "export default () => 1;"},
    }


@pytest.mark.parametrize(
    ("main", "language"), [("src/main.js", "javascript"), ("src/main.ts", "typescript")]
)
def test_a_main_file_without_a_default_export_is_the_body_of_a_function(
    tmp_path: Path, main: str, language: str
) -> None:
    body = "// export default is for modules\nreturn call.name;"
    write(tmp_path, {main: body})

    document = spec(tmp_path, main).document()

    assert (document["function_js"], document["language_pack"]) == (body, language)
    assert "files" not in document


@pytest.mark.parametrize(
    "text",
    [
        "export default (call) => call;",
        "const f = 1;export default f;",
        "const f = () => 1;\nexport { a, f as default };",
        'export { default } from "./other.js";',
    ],
)
def test_a_default_export_makes_a_module(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"src/main.js": text})

    assert spec(tmp_path).document()["function_js"] == ENTRY


def test_what_is_imported_by_relative_path_goes_along_and_nothing_else(tmp_path: Path) -> None:
    main = """\
import { a } from "./a.ts";
import b from './b';
import "../lib/effects.mjs";
import type { C } from "./compiled.js";
import rates
  from "./rates.json";
import nothing from "./nothing.js";
export * from "./folder";
export default async () => (await import("./late.js")).default;
"""
    files = {
        "src/main.js": main,
        "src/a.ts": 'import { main } from "./main.js"; export const a = 1;',
        "src/b.mts": "export default 2;",
        "src/compiled.ts": "export type C = 1;",
        "src/rates.json": '{"eur": "from \\"./unused.js\\""}',
        "src/late.js": "export default 3;",
        "src/unused.js": "export default 4;",
        "src/folder/index.js": "export default 5;",
        "lib/effects.mjs": 'import "../../outside.js";',
    }
    write(tmp_path / "project", files)
    write(tmp_path, {"outside.js": "1"})

    document = spec(tmp_path / "project").document()

    taken = "main.js a.ts b.mts compiled.ts rates.json late.js"
    names = {f"src/{name}" for name in taken.split()}
    assert set(cast("dict[str, str]", document["files"])) == {"lib/effects.mjs", *names}


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path) == "src/main.js: cannot be read: No such file or directory"


@pytest.mark.parametrize("target", ["/etc/hostname", "../secret.js"])
def test_a_link_that_leads_out_of_the_project_is_refused(tmp_path: Path, target: str) -> None:
    write(tmp_path, {"secret.js": "export default 1;"})
    project = tmp_path / "project"
    write(project, {"main.js": 'import "./link.js"; export default 1;'})
    (project / "link.js").symlink_to(target)

    assert refused(project, "main.js") == "link.js: is outside of the project's folder"


def test_a_folder_that_is_a_link_out_of_the_project_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "outside", {"main.js": "export default 1;"})
    (tmp_path / "project").mkdir()
    (tmp_path / "project/src").symlink_to(tmp_path / "outside")

    assert refused(tmp_path / "project") == "src/main.js: is outside of the project's folder"


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "main.js").symlink_to("main.js")

    assert refused(tmp_path, "main.js").startswith("main.js: cannot be read: ")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "main.js")

    assert refused(tmp_path, "main.js") == "main.js: is no file"


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "main.js").write_bytes(b"export default 1;\n// \xff\n")

    assert refused(tmp_path, "main.js") == "main.js:2: is not UTF-8"


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "main.js").write_bytes(b"\n\n\x00export")

    assert refused(tmp_path, "main.js") == "main.js:3: has a NUL, as no source has"


def test_a_source_beyond_the_limit_is_refused_before_all_of_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "main.js").open("wb") as stream:
        stream.truncate(10**12)  # a hole, and no bytes on the disk

    assert refused(tmp_path, "main.js") == (
        f"main.js: is longer than the {SOURCE_BYTES} bytes that are left for it"
    )


def test_files_are_too_long_together(tmp_path: Path) -> None:
    rest = "x" * (SOURCE_BYTES - 30)
    write(tmp_path, {"main.js": 'import "./a.js"; export default 1;', "a.js": rest})

    assert refused(tmp_path, "main.js").startswith("a.js: is longer than the ")


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    names = [f"f{index}.js" for index in range(FILES + 1)]
    write(tmp_path, dict.fromkeys(names, "1"))
    imports = "".join(f'import "./{name}";\n' for name in names)
    write(tmp_path, {"main.js": f"{imports}export default 1;"})

    message = refused(tmp_path, "main.js")

    assert message.endswith(f": a function has at most {FILES} files beside its main one")


def test_a_name_that_the_server_refuses_is_refused_before(tmp_path: Path) -> None:
    write(tmp_path, {"my file.js": "export default 1;"})

    assert "my file.js: A file has a relative name of letters" in refused(tmp_path, "my file.js")


@pytest.mark.parametrize(
    "part", ["\n", " ", "from ", "export ", "export {", "import", "import/*", "from '", ";", "}"]
)
def test_a_source_that_repeats_itself_is_read_to_its_end(tmp_path: Path, part: str) -> None:
    text = part * (SOURCE_BYTES // len(part) - 10)
    write(tmp_path, {"main.js": text})

    assert spec(tmp_path, "main.js").document()["function_js"] == text


def test_an_import_of_a_longer_name_than_files_have_is_left_to_the_server(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(f'import "./{"long" * 100}.js"; export default 1;')

    assert list(read_modules(tmp_path, "a.js")) == ["a.js"]
