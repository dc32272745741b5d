"""Sources stand in files where these can hold them, and come out of files as they were."""

from typing import Any

import pytest

from isolambda_cli.moving.sources import join_sources, split_sources

BASE: dict[str, Any] = {"name": "n", "language_pack": "javascript"}


def moved(document: dict[str, Any]) -> tuple[dict[str, str], Any]:
    """Return the files of a document, and what comes out of them."""
    fields, texts = split_sources(document)
    return dict(texts), join_sources(dict(fields), lambda name: texts[name])


@pytest.mark.parametrize(
    "files",
    [
        None,
        {},
        {"b.js": "1", "a.js": "2"},
        {"lib/a.js": "", "lib/b/a.json": "{}", "Lib2/a.mts": "\r\n\ufeff"},
        {"node_modules/@scope/p.js": "\u2028"},
    ],
    ids=repr,
)
def test_files_hold_sources_in_their_order(files: dict[str, str] | None) -> None:
    document = {**BASE, "function_js": "return 1"} | ({} if files is None else {"files": files})

    texts, back = moved(document)

    assert texts == {"function.js": "return 1", **(files or {})}
    assert back == document
    assert list(back.get("files", {})) == list(files or {})


def test_a_source_in_typescript_has_the_ending_of_one() -> None:
    texts, back = moved({**BASE, "language_pack": "typescript", "function_js": "return 1"})

    assert texts == {"function.ts": "return 1"}
    assert back["language_pack"] == "typescript"


@pytest.mark.parametrize(
    "files",
    [
        {"A.js": "1", "a.js": "2"},
        {"Function.js": ""},
        {"lib/a.js": "", "Lib/b.js": ""},
        {"a.js": "", "A.js/b.js": ""},
        {"con.js": ""},
        {"lib/aux.json": ""},
        {"a.js": "\ud800"},
        {"a.js": "a\x00b"},
        {"../a.js": ""},
        {"function.js": ""},
        {"a.js": 5},
        ["a.js"],
        "a.js",
    ],
    ids=repr,
)
def test_sources_that_files_cannot_hold_stay_in_the_document(files: Any) -> None:
    document = {**BASE, "function_js": "return 1", "files": files}

    texts, back = moved(document)

    assert texts == {}
    assert back == document
