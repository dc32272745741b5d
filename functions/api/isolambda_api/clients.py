"""Clients of AWS, each made when it is first used.

Importing boto3 and making the first client takes 75 ms, each further one 2 to 7: a fifth of a cold
start, and no request needs all of them. A snapshot that Lambda starts environments from is taken
once, so it has them all.
"""

from collections.abc import Callable
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Tracer
from snapshot_restore_py import register_before_snapshot  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from botocore.config import Config

_MAKING = Lock()  # boto3's default session is not made for several threads


def deferred(service: str, configure: "Callable[[], Config]") -> Any:
    """Return what stands for the client of a service, such as ``dynamodb``."""
    return _DeferredClient(service, configure)


class _DeferredClient:
    def __init__(self, service: str, configure: "Callable[[], Config]") -> None:
        self._service = service
        self._configure = configure
        register_before_snapshot(lambda: self._client)

    @cached_property
    def _client(self) -> Any:
        import boto3  # noqa: PLC0415 - see above

        with _MAKING:
            Tracer(auto_patch=False).patch(["botocore"])  # each call becomes a part of the trace
            make: Any = boto3.client
            return make(self._service, config=self._configure())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)
