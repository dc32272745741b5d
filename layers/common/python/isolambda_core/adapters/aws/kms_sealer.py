"""Seal values under a key of AWS KMS: each by a data key of its own, which KMS keeps sealed.

KMS binds a data key to the account, the function and the name of the secret, and logs that in
CloudTrail. The value itself is bound to its whole use, as by the derived key.
"""

import base64
import os
from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from isolambda_core.adapters.aws.clients import configured
from isolambda_core.domain.limits import SECRET_KEY_S, SECRET_KEYS
from isolambda_core.domain.secrets.errors import SecretsKeyUnavailableError, UnopenedSecretError
from isolambda_core.domain.secrets.secrets import Binding
from isolambda_core.ports.secrets import Sealer

_FORM: Final = b"\x02"
"""The first byte of what is sealed this way; the derived key has another."""
_LENGTH_BYTES: Final = 2
_NONCE_BYTES: Final = 12
_UNOPENED: Final = frozenset(
    ("InvalidCiphertextException", "IncorrectKeyException", "ValidationException")
)
"""What KMS says of a data key that it did not seal, or for another secret."""


class KmsClient(Protocol):
    """What is asked of the client of boto3."""

    def generate_data_key(self, **asked: Any) -> Mapping[str, Any]:
        """Return a new data key, as it is and sealed."""
        ...

    def decrypt(self, **asked: Any) -> Mapping[str, Any]:
        """Return a data key that was sealed."""
        ...


def client_config() -> Any:
    """Return the configuration of the client: an answer or an error within seconds."""
    return configured(
        connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3}
    )


class KmsSealer:
    """The port ``Sealer``; what the ``derived`` key has sealed, that one opens.

    Sealed is a byte for the form, the length of the sealed data key in two bytes, that key, a
    random nonce, then the text and its tag. Data keys that were opened are remembered for
    ``limits.SECRET_KEY_S``, so that not every execution asks KMS.
    """

    def __init__(
        self,
        client: KmsClient,
        key_arn: str,
        derived: Sealer,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._client = client
        self._key_arn = key_arn
        self._derived = derived
        self._now = now
        self._opened: dict[tuple[bytes, str, str, str], tuple[bytes, float]] = {}
        self._lock = Lock()

    def seal(self, value: str, binding: Binding) -> str:
        """Return a sealed value; see ``Sealer.seal``."""
        try:
            made = self._client.generate_data_key(
                KeyId=self._key_arn, KeySpec="AES_256", EncryptionContext=_context(binding)
            )
        except (ClientError, NoConnectionError, HTTPClientError) as error:
            raise SecretsKeyUnavailableError from error
        sealed_key: bytes = made["CiphertextBlob"]
        nonce = os.urandom(_NONCE_BYTES)
        text = _cipher(made["Plaintext"]).encrypt(nonce, value.encode(), binding.label)
        length = len(sealed_key).to_bytes(_LENGTH_BYTES)
        return base64.b64encode(_FORM + length + sealed_key + nonce + text).decode()

    def open(self, sealed: str, binding: Binding) -> str:
        """Return the value that was sealed; see ``Sealer.open``."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as few values need it

        try:
            data = base64.b64decode(sealed, validate=True)
            if data[:1] != _FORM:
                return self._derived.open(sealed, binding)
            begin = len(_FORM) + _LENGTH_BYTES
            end = begin + int.from_bytes(data[len(_FORM) : begin])
            nonce, text = data[end : end + _NONCE_BYTES], data[end + _NONCE_BYTES :]
            cipher = _cipher(self._data_key(data[begin:end], binding))
            return str(cipher.decrypt(nonce, text, binding.label).decode())
        except (ValueError, InvalidTag) as error:  # no base64, too short, or for another use
            raise UnopenedSecretError(binding.name) from error

    def _data_key(self, sealed_key: bytes, binding: Binding) -> bytes:
        place, now = binding.place, self._now()
        name = (sealed_key, place.account_id, place.function_id, binding.name)
        known = self._opened.get(name)
        if known is not None and now < known[1]:
            return known[0]
        data_key = self._decrypt(sealed_key, binding)
        with self._lock:
            self._opened.pop(name, None)
            while len(self._opened) >= SECRET_KEYS:
                del self._opened[next(iter(self._opened))]
            self._opened[name] = data_key, now + SECRET_KEY_S
        return data_key

    def _decrypt(self, sealed_key: bytes, binding: Binding) -> bytes:
        if not sealed_key:  # the client would refuse it by an error of its own
            raise UnopenedSecretError(binding.name)
        try:
            opened = self._client.decrypt(
                KeyId=self._key_arn, CiphertextBlob=sealed_key, EncryptionContext=_context(binding)
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _UNOPENED:
                raise UnopenedSecretError(binding.name) from error
            raise SecretsKeyUnavailableError from error
        except (NoConnectionError, HTTPClientError) as error:
            raise SecretsKeyUnavailableError from error
        return bytes(opened["Plaintext"])


def _context(binding: Binding) -> Mapping[str, str]:
    place = binding.place
    # KMS takes no empty text for a value.
    return {
        "account": place.account_id,
        "function": place.function_id or "-",
        "name": binding.name,
    }


def _cipher(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see above

    return AESGCM(key)
