"""The documents of the repository, and what their Markdown holds."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
INDEX = ROOT / "infra/docs/README.md"
PAGES = sorted(path for path in INDEX.parent.glob("*.md") if path != INDEX)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^(#{2,}) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
_CODE = re.compile(r"`[^`\n]*`")


class Block(NamedTuple):
    """A fenced block: its language and its lines."""

    language: str
    text: str


def name_of(document: Path) -> str:
    """Return a document's path in the repository."""
    return str(document.relative_to(ROOT))


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def blocks(document: Path) -> list[Block]:
    """Return a document's fenced blocks, in order."""
    return [Block(*found) for found in _FENCE.findall(text_of(document))]


def prose(document: Path) -> str:
    """Return a document without its fenced blocks."""
    return _FENCE.sub("", text_of(document))


def headings(document: Path) -> list[tuple[int, str]]:
    """Return each heading below the title with its depth, 2 for ``##``."""
    return [(len(marks), text) for marks, text in _HEADING.findall(prose(document))]


def anchor(heading: str) -> str:
    """Return the anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def links(document: Path) -> list[str]:
    """Return the targets of all links."""
    return [target for _, target in _LINK.findall(_CODE.sub("", prose(document)))]
