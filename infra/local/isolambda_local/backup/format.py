"""What a backup holds: a tar file with these entries, the first and the last of its own.

The first says who made it, and for what schema. The last has the SHA-256 of all bytes before it, so
that a file which is cut off or damaged is known as such. Nothing is compressed: what is restored is
never more than the file is long.
"""

import os
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field

from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.limits import KIB
from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.secrets import credentials, installation_secret
from isolambda_local.sources.bucket import FOLDER

HEAD: Final = "isolambda-backup.json"
SEAL: Final = "sha256"
FORMAT: Final = 1
BLOCK: Final = 512

SETTINGS_NAME: Final = "isolambda-server.toml"
"""The settings of a server, where they are kept in its data directory."""

SMALL_FILES: Final = {
    installation_secret.FILE_NAME: KIB,
    credentials.FILE_NAME: 64 * KIB,
    SETTINGS_NAME: 64 * KIB,
}
"""The files besides the database, and how many bytes each has at most."""

REQUIRED: Final = (DATABASE_NAME, installation_secret.FILE_NAME)

NAME_BYTES: Final = 4 * KIB - 512
"""Longest path of an entry: Linux has 4 KiB for it and for that of a data directory."""


FOLDERS_DEEP: Final = 256
"""Folders in folders; who removes them again needs a frame for each."""


_MADE_AT_MAX: Final = 253_402_300_799
"""The last second of the year 9999."""


class BackupError(IsolambdaError):
    """A backup cannot be made or restored; ``str(error)`` is one line that says why."""


class DamagedBackupError(BackupError):
    """The file is no backup as it was made."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"it is no whole backup: {reason}")


@dataclass(frozen=True, slots=True)
class Head:
    """The first entry: the version that made a backup, its schema, and when, in Unix seconds."""

    isolambda: str
    schema_version: int
    made_at: Annotated[int, Field(ge=0, le=_MADE_AT_MAX)]
    format: int = FORMAT


def is_in_a_folder(name: str) -> bool:
    """Return whether a name may be of the folders that stand for buckets, or of what is in them."""
    first, *rest = name.split("/")
    is_path = "\0" not in name and not {"", ".", ".."} & set(rest)
    fits = len(rest) <= FOLDERS_DEEP and len(os.fsencode(name)) <= NAME_BYTES
    return first == FOLDER and is_path and fits


def bytes_of(number: int) -> str:
    """Return a number of bytes as a person reads it."""
    return f"{number:,} bytes".replace(",", " ")
