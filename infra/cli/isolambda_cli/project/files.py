"""Read the files of a project: bounded, UTF-8, and none from outside of its folder."""

import os
import stat
from pathlib import Path

from isolambda_cli.project.errors import BundleError


def read_text(folder: Path, name: str, limit: int) -> str:
    """Return the text of a file of a project; ``name`` is relative, ``limit`` in bytes.

    Raises:
        BundleError: the file is missing, outside of the folder (also by a link), no file, too
            long, or not text in UTF-8.
    """
    path = folder / name
    try:
        if not Path(os.path.realpath(path, strict=True)).is_relative_to(folder.resolve()):
            raise BundleError(f"{name}: is outside of the project's folder")
        data = _read(path, name, limit)
    except (OSError, ValueError) as error:  # of a NUL in the name, or a link to itself
        reason = error.strerror if isinstance(error, OSError) else error
        raise BundleError(f"{name}: cannot be read: {reason}") from error
    return _text_of(data, name)


def _read(path: Path, name: str, limit: int) -> bytes:
    # A pipe would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with open(descriptor, "rb") as stream:  # noqa: PTH123 - of a descriptor
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BundleError(f"{name}: is no file")
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise BundleError(f"{name}: is longer than the {limit} bytes that are left for it")
    return data


def _text_of(data: bytes, name: str) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BundleError(f"{name}:{line}: is not UTF-8") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BundleError(f"{name}:{line}: has a NUL, as no source has")
    return text
