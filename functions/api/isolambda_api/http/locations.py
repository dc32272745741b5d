"""Paths of the app's own routes."""

from fastapi import Request

from isolambda_core.domain.executions.records import ExecutionRecord


def location_of(request: Request, route: str, /, **ids: str) -> str:
    """Return the path of a route, by its name and the parameters in its path."""
    return str(request.app.url_path_for(route, **ids))


def location_of_execution(request: Request, record: ExecutionRecord) -> str:
    """Return the path at which an execution can be looked up, in either dialect."""
    return location_of(
        request,
        "fetch_execution",
        account_id=record.account_id,
        function_id=record.function_id,
        execution_id=record.execution_id,
    )
