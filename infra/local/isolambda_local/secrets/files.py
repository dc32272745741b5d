"""Files for their owner alone, written whole or not at all."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def write_private(path: Path, text: str, *, over: bool) -> None:
    """Write a file of mode 0600, which is on the disk when this returns.

    With ``over`` it takes the place of what is there; without, what is there stays.
    """
    # A name of its own, so that two processes do not write into each other's.
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if over:
            unfinished.replace(path)
        else:
            with suppress(FileExistsError):
                path.hardlink_to(unfinished)
    finally:
        unfinished.unlink(missing_ok=True)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Wait until the names in a directory are on the disk, which a file's own fsync does not."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
