"""Seal values by AES-256-GCM, under a key that derives from the installation's secret.

``cryptography`` is imported with the first value: it takes a part of a cold start, and most
requests need none.
"""

import base64
import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from isolambda_core.domain.secrets.errors import UnopenedSecretError
from isolambda_core.domain.secrets.secrets import Binding
from isolambda_core.ports.accounts import InstallationSecret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_PURPOSE: Final = b"isolambda secrets 1"
_FORM: Final = b"\x01"
"""The first byte of what is sealed this way."""
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


@dataclass(frozen=True)
class AesGcmSealer:
    """The port ``Sealer``: a byte for the form, a random nonce, then the text and its tag."""

    secret: InstallationSecret

    def seal(self, value: str, binding: Binding) -> str:
        """Return a sealed value; see ``Sealer.seal``."""
        nonce = os.urandom(_NONCE_BYTES)
        text = self._cipher.encrypt(nonce, value.encode(), binding.label)
        return base64.b64encode(_FORM + nonce + text).decode()

    def open(self, sealed: str, binding: Binding) -> str:
        """Return the value that was sealed; see ``Sealer.open``."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - see above

        try:
            data = base64.b64decode(sealed, validate=True)
            form, nonce, text = data[:1], data[1 : 1 + _NONCE_BYTES], data[1 + _NONCE_BYTES :]
            if form != _FORM:
                raise UnopenedSecretError(binding.name)
            return self._cipher.decrypt(nonce, text, binding.label).decode()
        except (ValueError, InvalidTag) as error:  # no base64, too short, or not by this key
            raise UnopenedSecretError(binding.name) from error

    @cached_property
    def _cipher(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see above
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

        derivation = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE)
        return AESGCM(derivation.derive(self.secret.read()))
