"""Clients of AWS for the API.

Importing boto3 and making the first client takes 75 ms, each further one 2 to 7: a fifth of a cold
start, and no request needs all of them. So each is made when it is first used, or before a
snapshot.
"""

from collections.abc import Callable
from functools import cache
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

        from isolambda_core.adapters.aws.signed_clients import (  # noqa: PLC0415 - has botocore
            SignedDynamoDb,
            SignedLambda,
        )

        make_client: Any = boto3.client
        client = make_client(service, config=configure())
        match service:
            case "dynamodb":
                return SignedDynamoDb(client)
            case "lambda":
                return SignedLambda(client)
        return client

    client = LazyClient(make)
    register_before_snapshot(lambda: client.client)
    return client


@cache
def trace_calls() -> None:
    """Make each call of boto3 a part of the trace; called again, do nothing."""
    Tracer(auto_patch=False).patch(["botocore"])
