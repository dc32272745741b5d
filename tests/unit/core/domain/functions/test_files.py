"""The files of a function have names that lead nowhere else, and are not too many or too long."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.functions.files import sha256_of_files
from isolambda_core.domain.functions.functions import validated_function
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import FILE_NAME_CHARACTERS, FILES, SOURCE_BYTES


def violations(files: JsonValue, source: str = "export default 1") -> list[Violation]:
    try:
        validated_function({"name": "n", "function_js": source, "files": files})
    except InvalidDocumentError as error:
        return list(error.violations)
    return []


@pytest.mark.parametrize(
    "name",
    ["a.js", "lib/a.ts", "a/b/c/d.mts", "A-b_c.d@2+$.mjs", "rates.json", "__proto__.js", "a..b.js"],
)
def test_a_relative_name_with_a_known_ending_is_taken(name: str) -> None:
    assert violations({name: "1"}) == []


@pytest.mark.parametrize(
    "name",
    [
        "", "a", "a.tsx", "a.txt", "/a.js", "../a.js", "a/../b.js", "./a.js", "a//b.js", "a\\b.js",
        ".js", "lib/.js", ".git/a.js", "a b.js", "a.js\n", "ä.js", "a\x00.js", "__proto__", "a.js/",
        "function.js", "function.ts",
    ],
)  # fmt: skip
def test_any_other_name_is_refused(name: str) -> None:
    (violation,) = violations({name: "1"})

    assert violation.path == ("files", name)


def test_a_name_has_a_longest_length() -> None:
    longest = "x" * (FILE_NAME_CHARACTERS - 3) + ".js"

    assert violations({longest: ""}) == []
    assert [found.rule for found in violations({f"x{longest}": ""})] == ["maxLength"]


def test_there_is_a_largest_number_of_files() -> None:
    files: dict[str, JsonValue] = {f"{number}.js": "" for number in range(FILES)}

    assert violations(files) == []
    (violation,) = violations({**files, "one.js": ""})
    assert (violation.rule, violation.target, violation.value) == (
        "maxProperties",
        FILES,
        FILES + 1,
    )


@pytest.mark.parametrize("text", [None, 1, [], {"a": "b"}])
def test_a_file_is_a_text(text: JsonValue) -> None:
    assert [(found.path, found.rule) for found in violations({"a.js": text})] == [
        (("files", "a.js"), "type")
    ]


@pytest.mark.parametrize("files", [[], "a", 1, None])
def test_files_are_an_object(files: JsonValue) -> None:
    assert [(found.path, found.rule) for found in violations(files)] == [(("files",), "type")]


def test_all_files_share_the_limit_of_a_source() -> None:
    half = "é" * (SOURCE_BYTES // 4)

    assert violations({"a.js": half}, half) == []
    (violation,) = violations({"a.js": f"{half}x"}, half)
    assert (violation.rule, violation.value) == ("maxLength", SOURCE_BYTES + 1)


def test_the_digest_of_files_is_that_of_what_sha256sum_prints_of_them(tmp_path: Path) -> None:
    files = {"function.ts": "export default () => 'é';\n", "lib/b.js": "", "a.json": "[1]\r\n"}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
    names = ["function.ts", "a.json", "lib/b.js"]
    printed = subprocess.run(
        ["sha256sum", *names],  # noqa: S607 - that of the machine, wherever it is
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout

    entry, *others = files.items()

    assert sha256_of_files(entry, others) == hashlib.sha256(printed).hexdigest()


def test_half_of_a_character_has_a_digest_too() -> None:
    assert len(sha256_of_files(("function.js", "'\ud800'"), [("a.js", "\udfff")])) == 64
