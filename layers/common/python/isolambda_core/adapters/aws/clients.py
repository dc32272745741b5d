"""Clients of AWS: how they are configured, and made when they are first used."""

from collections.abc import Callable
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.config import Config

_MAKING = Lock()  # boto3's default session is not made for several threads


class LazyClient:
    """Makes a client by ``make`` when it is first used, and passes on every access to it."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def client(self) -> Any:
        """The client, which is made here if it is not yet."""
        with _MAKING:
            return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)


def configured(**options: Any) -> "Config":
    """Return a ``botocore.config.Config``."""
    from botocore.config import Config  # noqa: PLC0415 - 25 ms, and no client is made before

    return Config(**options)
