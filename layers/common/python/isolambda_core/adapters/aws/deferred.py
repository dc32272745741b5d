"""Clients of AWS, each made when it is first used: hardly any request or event needs all."""

from collections.abc import Callable
from functools import cached_property
from threading import Lock
from typing import Any

_MAKING = Lock()  # boto3's default session is not made for several threads


class DeferredClient:
    """Stands for the client that ``make`` returns."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def itself(self) -> Any:
        """The client, made by now."""
        with _MAKING:
            return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.itself, name)
