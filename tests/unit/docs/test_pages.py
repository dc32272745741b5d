"""The documents lead where they say, and each page lists what it holds."""

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.documentation import (
    INDEX,
    PAGES,
    README,
    ROOT,
    anchor,
    headings,
    links,
    name_of,
    prose,
    text_of,
)

CONTRIBUTING = ROOT / "CONTRIBUTING.md"
DOCUMENTS = [*sorted(ROOT.glob("*.md")), INDEX, *PAGES, *sorted(ROOT.glob("infra/adr/*.md"))]
PLAIN_DOCUMENTS = [
    README,
    ROOT / "SECURITY.md",
    INDEX,
    *PAGES,
    *sorted(ROOT.glob("infra/adr/*.md")),
    *(ROOT / name for name in ("Makefile", "pyproject.toml", "template.yaml")),
    *(ROOT / "infra" / name for name in ("build/lambda.mk", "checkov.yaml", "image/Dockerfile")),
]
# Each has a plainer word, or a sentence that says who does it; CONTRIBUTING.md names them.
HEAVY = re.compile(r"\b(who(so)?ever|whom|somebody|nobody|told|said|lest|anew)\b", re.IGNORECASE)

# Folders whose comments and docstrings keep to that, too; more are to follow.
PLAIN_FOLDERS = (
    "functions/api",
    "functions/dispatcher/isolambda_dispatcher",
    "functions/executor/isolambda_executor",
    "infra/build",
    "infra/cli",
    "infra/local/isolambda_local/secrets",
    "infra/local/isolambda_local/sources",
    "infra/local/isolambda_local/sqlite",
    "layers/common/python/isolambda_core/adapters",
    "layers/common/python/isolambda_core/domain",
    "layers/common/python/isolambda_core/ports",
    "layers/common/python/isolambda_core/services",
    "tests",
)
SOURCES = sorted(
    path
    for folder in PLAIN_FOLDERS
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".js"}
)
# The prelude's strings hold no `//` before a comment on the same line.
_COMMENT_OF_JAVASCRIPT = re.compile(r"(?:^|\s)//.*|/\*[\s\S]*?\*/", re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_each_link_leads_to_a_file_and_to_a_heading_in_it(document: Path) -> None:
    lost = []
    for link in links(document):
        if re.match(r"https?://", link):
            continue
        path, _, heading = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (
            heading and heading not in [anchor(text) for _, text in headings(target)]
        ):
            lost.append(link)

    assert lost == []


@pytest.mark.parametrize("page", [*PAGES, CONTRIBUTING], ids=name_of)
def test_each_page_begins_with_a_table_of_its_contents(page: Path) -> None:
    contents = prose(page).partition("\n## ")[0]
    listed = re.findall(r"^( *)- \[(.+)\]\(#(.+)\)$", contents, re.MULTILINE)

    found = [("  " * (depth - 2), text, anchor(text)) for depth, text in headings(page)]
    assert listed == found
    assert len({link for *_, link in found}) == len(found)


def test_the_index_leads_to_each_page() -> None:
    targets = {(INDEX.parent / link.partition("#")[0]).resolve() for link in links(INDEX)}

    assert {*PAGES} - targets == set()


@pytest.mark.parametrize("document", PLAIN_DOCUMENTS, ids=name_of)
def test_each_sentence_says_who_does_what(document: Path) -> None:
    assert [match[0] for match in HEAVY.finditer(text_of(document))] == []


# One test for all of them: to name, start and end a test takes longer than to read a source.
def test_each_comment_says_who_does_what() -> None:
    found = [(name_of(source), word) for source in SOURCES for word in _heavy_words(source)]

    assert len(SOURCES) > 1_000
    assert found == []


def test_remarks_are_found_in_comments_and_docstrings_alone(tmp_path: Path) -> None:
    python, javascript = tmp_path / "a.py", tmp_path / "a.js"
    python.write_text('"""Said."""\nA = "told"  # nobody\n"""Anew."""\n', encoding="utf-8")
    javascript.write_text("f('told'); // nobody\n/* lest */\n", encoding="utf-8")

    assert HEAVY.findall(" ".join(_comments_and_docstrings(python))) == _words("nobody Said Anew")
    assert HEAVY.findall(" ".join(_javascript_comments(javascript))) == _words("nobody lest")


def _heavy_words(source: Path) -> Iterator[str]:
    if HEAVY.search(text_of(source)):  # to tell remarks from code takes far longer
        remarks = _javascript_comments if source.suffix == ".js" else _comments_and_docstrings
        yield from (match[0] for text in remarks(source) for match in HEAVY.finditer(text))


def _words(text: str) -> list[tuple[str, str]]:
    return [(word, "") for word in text.split()]


def _javascript_comments(source: Path) -> Iterator[str]:
    yield from (match[0] for match in _COMMENT_OF_JAVASCRIPT.finditer(text_of(source)))


def _comments_and_docstrings(source: Path) -> Iterator[str]:
    with tokenize.open(source) as file:
        tokens = tokenize.generate_tokens(file.readline)
        yield from (token.string for token in tokens if token.type == tokenize.COMMENT)
    # A docstring is a statement of its own: also below an attribute or a constant.
    for node in ast.walk(ast.parse(text_of(source))):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield text
