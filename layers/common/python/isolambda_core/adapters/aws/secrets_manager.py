"""The secret of an installation, in AWS Secrets Manager."""

import logging
from threading import Lock
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from isolambda_core.adapters.aws.clients import configured
from isolambda_core.domain.errors import StoreUnavailableError

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_secretsmanager import SecretsManagerClient

_SECRET_BYTES_MIN = 32

_log = logging.getLogger(__name__)


def client_config() -> "Config":
    """Return the configuration of the client: an answer or an error within seconds."""
    return configured(
        connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3}
    )


class SecretsManagerSecret:
    """The port ``InstallationSecret``; it reads the secret once, when it is first needed."""

    def __init__(self, client: "SecretsManagerClient", secret_id: str) -> None:
        self._client = client
        self._secret_id = secret_id
        self._secret: bytes | None = None
        self._lock = Lock()

    def read(self) -> bytes:
        """Return the secret; see ``InstallationSecret.read``."""
        with self._lock:
            if self._secret is None:
                self._secret = self._fetch()
            return self._secret

    def _fetch(self) -> bytes:
        try:
            answer = self._client.get_secret_value(SecretId=self._secret_id)
        except (ClientError, NoConnectionError, HTTPClientError) as error:
            raise StoreUnavailableError from error
        secret = answer.get("SecretString", "").encode()
        if len(secret) < _SECRET_BYTES_MIN:
            _log.error("the secret is shorter than %s bytes, or not text", _SECRET_BYTES_MIN)
            raise StoreUnavailableError
        return secret
