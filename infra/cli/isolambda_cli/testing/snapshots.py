"""Snapshots of a test file, in ``__snapshots__`` beside it, in the format of Jest and Vitest."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from isolambda_cli.project.local_files import replace_file
from isolambda_core.domain.errors import IsolambdaError

_ENCODING = ("utf-8", "surrogatepass")
"""A text of JavaScript may have half of a surrogate pair."""
_HEAD = "// Snapshots of isolambda test\n"
_ENTRY = re.compile(r"exports\[`((?:[^`\\]|\\.)*)`\] = `((?:[^`\\]|\\.)*)`;", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SPECIAL = re.compile(r"[`\\]|\$\{")


class SnapshotError(IsolambdaError):
    """A file of snapshots cannot be read."""


@dataclass(slots=True)
class Snapshots:
    """The snapshots of a test file by name, as its tests take them.

    ``update``: what is taken replaces what was there, and what is not taken goes.
    """

    path: Path
    stored: Mapping[str, str]
    update: bool
    taken: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    """Those of tests that did not run, or failed before they had taken all."""

    def of(self, name: str) -> Mapping[str, str]:
        """Return what is stored of a test."""
        return {key: text for key, text in self.stored.items() if _is_of(key, name)}

    def keep(self, name: str) -> None:
        """Keep what is stored of a test as it is."""
        self.kept.update(self.of(name))

    def save(self) -> tuple[int, int]:
        """Write what is new; return how many were written, and how many no test has any more."""
        found = {**self.kept, **self.taken}
        obsolete = {key: text for key, text in self.stored.items() if key not in found}
        written = sum(self.stored.get(key) != text for key, text in self.taken.items())
        if not self.update:
            found |= obsolete
        if found != self.stored:
            _write(self.path, found)
        return written, len(obsolete)


def open_snapshots(test_file: Path, *, update: bool) -> Snapshots:
    """Return the snapshots of a test file.

    Raises:
        SnapshotError: the file cannot be read, or is another.
    """
    path = test_file.parent / "__snapshots__" / f"{test_file.name}.snap"
    if path.is_symlink() or path.parent.is_symlink():
        raise SnapshotError(f"{path}: is a link, and is not written through")
    if path.exists() and not path.is_file():
        raise SnapshotError(f"{path}: is no file")
    try:
        text = path.read_bytes().decode(*_ENCODING)
    except FileNotFoundError:
        return Snapshots(path, {}, update)
    except (OSError, ValueError) as error:
        raise SnapshotError(f"{path}: cannot be read: {error}") from error
    if _ENTRY.sub("", re.sub("^//.*$", "", text, flags=re.MULTILINE)).strip():
        raise SnapshotError(f"{path}: has something else than snapshots; remove it, or mend it")
    stored = {_plain(name): _plain(value)[1:-1] for name, value in _ENTRY.findall(text)}
    return Snapshots(path, stored, update)


def _is_of(key: str, name: str) -> bool:
    rest = key.removeprefix(name)
    return rest != key and re.fullmatch(r"(?: > .*)? \d+", rest, re.DOTALL) is not None


def _write(path: Path, found: Mapping[str, str]) -> None:
    if not found:
        path.unlink(missing_ok=True)
        return
    entries = (
        f"\nexports[`{_special(key)}`] = `\n{_special(found[key])}\n`;\n" for key in sorted(found)
    )
    replace_file(path, (_HEAD + "".join(entries)).encode(*_ENCODING))


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def _special(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
