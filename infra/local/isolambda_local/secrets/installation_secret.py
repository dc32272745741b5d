"""The secret of a machine: a file in its data directory, made on the first start."""

import logging
import re
import secrets
import shlex
import stat
from dataclasses import dataclass, field
from pathlib import Path

from isolambda_core.domain.errors import IsolambdaError
from isolambda_local.secrets.files import write_private

FILE_NAME = "secret"
_SECRET = re.compile(r"[0-9a-f]{64}\n")
_CHARACTERS = 65
_OTHERS = stat.S_IRWXG | stat.S_IRWXO

_log = logging.getLogger(__name__)


class DamagedSecretError(IsolambdaError):
    """The file holds no secret; a new one would make every key unknown, so none is made."""

    def __init__(self) -> None:
        super().__init__(f"the file {FILE_NAME} is damaged; restore it from a backup")


class LostSecretError(IsolambdaError):
    """The file of the secret is gone, and what the database holds depends on it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the file {FILE_NAME} is missing; restore it from a backup, or give up its tokens, "
            f"its signatures of callbacks and webhooks, and the key of its receipts: "
            f"openssl rand -hex 32 > {shlex.quote(str(path))}"
        )


@dataclass(frozen=True, slots=True)
class FileSecret:
    """The port ``InstallationSecret``, read from a file once."""

    secret: bytes = field(repr=False)

    def read(self) -> bytes:
        """Return the secret; see ``InstallationSecret.read``."""
        return self.secret


def open_secret(data_dir: Path, *, is_used: bool = False) -> FileSecret:
    """Return the secret of a data directory; it is made where there is none.

    With ``is_used`` it is not made, because the database was written with one. A file that others
    may read becomes the owner's alone.

    Raises:
        LostSecretError: there is no file, and the secret is in use.
        DamagedSecretError: the file is there, but holds no secret.
        OSError: the file cannot be read or written.
    """
    path = data_dir / FILE_NAME
    if not path.exists():
        if is_used:
            raise LostSecretError(path)
        write_private(path, f"{secrets.token_hex(32)}\n", over=False)
    secret = FileSecret(read_secret(path))
    _keep_from_others(path)
    return secret


def read_secret(path: Path) -> bytes:
    """Return the secret in a file.

    Raises:
        LostSecretError: there is no file.
        DamagedSecretError: the file is there, but holds no secret.
        OSError: the file cannot be read.
    """
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            text = file.read(_CHARACTERS + 1)
    except FileNotFoundError as error:
        raise LostSecretError(path) from error
    if not _SECRET.fullmatch(text):
        raise DamagedSecretError
    return bytes.fromhex(text.strip())


def _keep_from_others(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & _OTHERS:
        return
    try:
        path.chmod(mode & ~_OTHERS)
    except OSError as error:  # it is another user's, or on a read-only mount
        _log.warning("others may read the file %s (mode %04o): %s", FILE_NAME, mode, error.strerror)
    else:
        _log.warning("others could read the file %s (mode %04o); no longer", FILE_NAME, mode)
