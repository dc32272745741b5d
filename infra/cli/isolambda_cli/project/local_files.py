"""Write files that came from a server into a project: nowhere else, and over nothing unasked."""

import os
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile

from isolambda_cli.project.errors import ProjectError

TEMPORARY = ".isolambda-"
"""How the name of a file begins until it is whole; a kill leaves it."""
_WINDOWS = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
"""Names that are devices there, whatever their ending."""


class State(StrEnum):
    """What became of a file."""

    WRITTEN = "written"
    OVERWRITTEN = "overwritten"
    SAME = "unchanged"


def write_files(folder: Path, texts: Mapping[str, str], *, force: bool) -> Mapping[str, State]:
    """Write texts by name below a folder, all or none, and return what became of each.

    Raises:
        ProjectError: a name leads out of the folder, through a link or to a device; or a file is
            there with another text, and ``force`` is not given.
        OSError: a file cannot be written.
    """
    require_portable(texts)
    for name in texts:
        _require_no_link(folder, name)
    data = {name: encoded(name, text) for name, text in texts.items()}
    states = {name: _state(folder / name, each) for name, each in data.items()}
    there = [name for name, state in states.items() if state is State.OVERWRITTEN]
    if there and not force:
        raise ProjectError(
            f"these have other texts here: {', '.join(there)}; --force writes over them"
        )
    for name, state in states.items():
        if state is not State.SAME:
            replace_file(folder / name, data[name])
    return states


def require_portable(names: Iterable[str]) -> None:
    """Let pass names of files that lead nowhere else, and mean as many files on every machine.

    Raises:
        ProjectError: some do not.
    """
    folded: dict[str, str] = {}
    for name in names:
        for part in name.split("/"):
            _require_good(name, part)
        other = folded.setdefault(name.casefold(), name)
        if other != name:
            raise ProjectError(f"{name} and {other} are one file on some machines")


def encoded(name: str, text: str) -> bytes:
    """Return the bytes of a file.

    Raises:
        ProjectError: the text has half of a surrogate pair, as JSON allows.
    """
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ProjectError(f"{name}: has half of a character, which no file holds") from error


def replace_file(path: Path, data: bytes) -> None:
    """Write a file at once: a reader sees what was there before, or all of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=TEMPORARY, delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(data)
            file.flush()
            temporary.chmod(0o644)
            os.replace(temporary, path)  # noqa: PTH105 - takes a link's place, and follows none
        except BaseException:  # of a full disk, or by Ctrl-C
            temporary.unlink(missing_ok=True)
            raise


def _require_good(name: str, part: str) -> None:
    if not part or part.startswith(".") or part.endswith((".", " ")) or not part.isprintable():
        raise ProjectError(f"{name!r} is no name of a file in a project")
    if "\\" in part or ":" in part or _WINDOWS.fullmatch(part) is not None:
        raise ProjectError(f"{name!r} is no name of a file on every machine")


def _require_no_link(folder: Path, name: str) -> None:
    path = folder
    for part in name.split("/"):
        path /= part
        if path.is_symlink():
            raise ProjectError(f"{path} is a link, and is not written through")


def _state(path: Path, expected: bytes) -> State:
    try:
        if path.stat().st_size == len(expected) and path.read_bytes() == expected:
            return State.SAME
    except FileNotFoundError:
        return State.WRITTEN
    return State.OVERWRITTEN
