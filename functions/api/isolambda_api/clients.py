"""Clients of AWS for the API.

Importing boto3 and making the first client takes 75 ms, each further one 2 to 7: a fifth of a cold
start, and no request needs all of them. A snapshot that Lambda starts environments from is taken
once, so it has them all.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Tracer
from snapshot_restore_py import register_before_snapshot  # type: ignore[import-untyped]

from isolambda_core.adapters.aws.clients import LazyClient

if TYPE_CHECKING:
    from botocore.config import Config


def deferred(service: str, configure: "Callable[[], Config]") -> Any:
    """Return what stands for the client of a service, such as ``dynamodb``."""

    def make() -> Any:
        import boto3  # noqa: PLC0415 - see above

        Tracer(auto_patch=False).patch(["botocore"])  # each call becomes a part of the trace
        make_client: Any = boto3.client
        return make_client(service, config=configure())

    client = LazyClient(make)
    register_before_snapshot(lambda: client.client)
    return client
