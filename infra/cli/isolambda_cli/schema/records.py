"""Read what went into executions that ended well, and what came out."""

from collections.abc import Iterator
from http import HTTPStatus
from itertools import islice

from isolambda_cli.api.client import Api
from isolambda_cli.api.errors import ApiError
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import PAGE_SIZE_MAX

_PASSED_OVER = (HTTPStatus.NOT_FOUND, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
"""Of a record that expires meanwhile, or is too long for an answer."""


def samples(api: Api, function_id: str, most: int) -> Iterator[tuple[JsonValue, JsonValue]]:
    """Yield input and result of the latest executions, at most so many, that ended with ``ok``."""
    path = f"functions/{function_id}/executions"
    listed = api.pages(path, outcome="ok", page_size=min(most, PAGE_SIZE_MAX))
    for each in islice(listed, most):
        try:
            record = api.get(f"{path}/{each['execution_id']}")
        except ApiError as error:
            if error.status not in _PASSED_OVER:
                raise
            continue
        yield record["input"], record["result"]
