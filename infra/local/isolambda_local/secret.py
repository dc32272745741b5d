"""The secret of a machine: a file in its data directory, made on the first start."""

import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from isolambda_core.domain.errors import IsolambdaError
from isolambda_local.private_files import write_private

FILE_NAME = "secret"
_SECRET = re.compile(r"[0-9a-f]{64}\n")


class DamagedSecretError(IsolambdaError):
    """The file holds no secret; a new one would make every key unknown, so none is made."""

    def __init__(self) -> None:
        super().__init__(f"the file {FILE_NAME} is damaged; restore it from a backup")


@dataclass(frozen=True, slots=True)
class FileSecret:
    """The port ``InstallationSecret``, read from a file once."""

    secret: bytes = field(repr=False)

    def read(self) -> bytes:
        """Return the secret; see ``InstallationSecret.read``."""
        return self.secret


def open_secret(data_dir: Path) -> FileSecret:
    """Return the secret of a data directory; it is made where there is none.

    Raises:
        DamagedSecretError: the file is there, but holds no secret.
        OSError: the file cannot be read or written.
    """
    path = data_dir / FILE_NAME
    if not path.exists():
        write_private(path, f"{secrets.token_hex(32)}\n", over=False)
    text = path.read_text(encoding="ascii", errors="replace")
    if not _SECRET.fullmatch(text):
        raise DamagedSecretError
    return FileSecret(bytes.fromhex(text.strip()))
