"""Paths of the app's own routes, and the URL that leads to them."""

from collections.abc import Mapping, Sequence

from fastapi import Request

from isolambda_api.http.services import services_of
from isolambda_core.domain.executions.records import ExecutionRecord
from isolambda_core.domain.public_urls import base_urls, prefix_of


def location_of(request: Request, route: str, /, **ids: str) -> str:
    """Return the path of a route as a client reaches it, by its name and the ids in its path."""
    prefix = prefix_of(request.headers, services_of(request).public_url)
    return prefix + _path_of(request, route, ids)


def route_url_of(request: Request, route: str, /, **ids: str) -> str:
    """Return the URL of a route, as a client would reach it from outside."""
    return base_url_of(request) + _path_of(request, route, ids)


def location_of_execution(request: Request, record: ExecutionRecord) -> str:
    """Return the path at which an execution can be looked up, in either dialect."""
    return location_of(
        request,
        "fetch_execution",
        account_id=record.account_id,
        function_id=record.function_id,
        execution_id=record.execution_id,
    )


def _path_of(request: Request, route: str, ids: Mapping[str, str]) -> str:
    return str(request.app.url_path_for(route, **ids))


def base_url_of(request: Request) -> str:
    """Return the URL of the service, without a path, as the client would reach it from outside."""
    return base_urls_of(request)[0]


def base_urls_of(request: Request) -> Sequence[str]:
    """Return the URLs that the client may have used for the service, the likeliest first."""
    # Mangum would believe X-Forwarded-Proto; API Gateway speaks nothing but HTTPS.
    scheme = "https" if "aws.event" in request.scope else request.scope["scheme"]
    return base_urls(scheme, request.headers, services_of(request).public_url)
