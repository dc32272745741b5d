"""The documents lead where they say, and each page lists what it holds."""

import re
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
# Each has a plainer word, or a sentence that says who does it; CONTRIBUTING.md names them.
HEAVY = re.compile(r"\b(who(so)?ever|whom|somebody|nobody|told|said|lest|anew)\b", re.IGNORECASE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_each_link_leads_to_a_file_and_to_a_heading_in_it(document: Path) -> None:
    lost = []
    for link in links(document):
        if re.match(r"https?://", link):
            continue
        path, _, wanted = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (
            wanted and wanted not in [anchor(text) for _, text in headings(target)]
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


@pytest.mark.parametrize("document", [README, INDEX, *PAGES], ids=name_of)
def test_each_sentence_says_who_does_what(document: Path) -> None:
    assert [match[0] for match in HEAVY.finditer(text_of(document))] == []
