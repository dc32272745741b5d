"""Where the keys that verify receipts come from: a file, or a server."""

from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from isolambda_cli.api.client import Api
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.limits import JWKS_BYTES

PATH = "/.well-known/jwks.json"
"""Where an installation has its keys."""
_OWN_HOSTS = ("localhost", "127.0.0.1", "::1")


class UntrustedKeysError(IsolambdaError):
    """Keys would come over a network on which they can be replaced by others."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url}: keys are fetched by https alone; or name a file that has them")


def read_key_set(place: str) -> bytes:
    """Return the keys in a file or at a URL, ``https`` unless it is of this machine.

    Raises:
        UntrustedKeysError: the URL is another one.
        UnreachableError: the server does not answer, or has none.
        OSError: the file cannot be read.
    """
    if not place.startswith(("https://", "http://")):
        with Path(place).open("rb") as file:
            return file.read(JWKS_BYTES + 1)
    parts = urlsplit(place)
    host = parts.hostname or ""
    if parts.scheme == "http" and host not in _OWN_HOSTS and not host.endswith(".localhost"):
        raise UntrustedKeysError(place)
    query = f"?{parts.query}" if parts.query else ""
    with closing(Api(f"{parts.scheme}://{parts.netloc}", "", "")) as api:
        return api.document(f"{parts.path or '/'}{query}")
