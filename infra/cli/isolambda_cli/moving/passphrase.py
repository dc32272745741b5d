"""Seal values in an export under a passphrase, so that another installation can open them.

By AES-SIV, which needs no random number: the same value of the same secret is sealed to the same
text, so that an export changes only where something has changed. What is sealed is bound to its
place; as that of another secret, or for another host, it does not open.
"""

import base64
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from isolambda_cli.moving.errors import ExportError
from isolambda_core.domain.limits import KIB

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_SALT: Final = b"isolambda export 1"
"""The same for all: a passphrase that is random needs none, and a salt would change each export."""
_KEY_BYTES: Final = 64
_CHARACTERS_MIN: Final = 32
_COST, _BLOCK, _PARALLEL = 2**15, 8, 1
"""A tenth of a second, and 32 MiB, for each guess."""


@dataclass(frozen=True)
class Passphrase:
    """A passphrase, by which values are sealed and opened."""

    text: bytes = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a passphrase from a file.

        Raises:
            ExportError: it has fewer than ``_CHARACTERS_MIN`` characters, or more than 1 KiB.
            OSError: the file cannot be read.
        """
        with path.open("rb") as file:
            text = file.read(KIB + 1)
        if len(text) > KIB or len(text.strip()) < _CHARACTERS_MIN:
            raise ExportError(
                f"{path}: a passphrase has {_CHARACTERS_MIN} to {KIB} characters; "
                "`openssl rand -hex 32` makes one"
            )
        return cls(text.strip())

    def seal(self, value: str, label: bytes) -> str:
        """Return a value sealed for a use, in base64; the same text each time."""
        return base64.b64encode(self._cipher.encrypt(value.encode(), [label])).decode()

    def open(self, sealed: str, label: bytes, name: str) -> str:
        """Return the value that was sealed for a use; ``name`` is what an error calls it.

        Raises:
            ExportError: it was sealed for another use, under another passphrase, or it is damaged.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as below

        try:
            data = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(data, [label]).decode()
        except (ValueError, InvalidTag) as error:
            raise ExportError(f"{name}: was sealed under another passphrase") from error

    @cached_property
    def _cipher(self) -> "AESSIV":
        # Few exports have secrets.
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # noqa: PLC0415 - see above
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt  # noqa: PLC0415

        derivation = Scrypt(salt=_SALT, length=_KEY_BYTES, n=_COST, r=_BLOCK, p=_PARALLEL)
        return AESSIV(derivation.derive(self.text))
