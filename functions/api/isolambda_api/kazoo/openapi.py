"""How the OpenAPI document describes Kazoo's routes: each error is an example of the one table."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.routing import APIRoute

from isolambda_api.http.authentication import NoCredentialsError
from isolambda_api.http.body import ANY_BODY_ERRORS, MALFORMED_BODY
from isolambda_api.http.context import RequestContext
from isolambda_api.http.openapi import SECURED, Bodies, operation, responses
from isolambda_api.http.raises import errors_of
from isolambda_api.kazoo.errors import example
from isolambda_api.kazoo.preparation import READING_A_BODY
from isolambda_api.kazoo.request import TOO_LARGE_WITHOUT_KEY, MissingDataError
from isolambda_api.kazoo.schemas import ErrorEnvelope
from isolambda_core.domain.errors import InvalidDocumentError, StoreUnavailableError, Violation

_CONTEXT = RequestContext("9f0d6f0f4ae14b0f8d3a52c2b7a1e0c4", "5f2d8c1e9b7a4f60a1b2c3d4e5f60718", 0)
_ENVELOPE = (InvalidDocumentError([Violation(("jsonp",), "pattern", "…", "not a name")]),)
_BODY = (MALFORMED_BODY, MissingDataError({}), *ANY_BODY_ERRORS, TOO_LARGE_WITHOUT_KEY)
_ALL = (StoreUnavailableError(), Exception())


def described(route: APIRoute, bodies: Bodies, *, in_envelope: bool) -> Mapping[str, Any]:
    """Return what FastAPI is to write about a route; ``in_envelope``: its requests come in one."""
    errors = [*(_of_envelope(route) if in_envelope else ()), *errors_of(route.dependant), *_ALL]
    secured = any(isinstance(error, NoCredentialsError) for error in errors)
    examples = [example(error, _CONTEXT) for error in errors]
    return operation(route, bodies, responses(ErrorEnvelope, examples), SECURED if secured else {})


def _of_envelope(route: APIRoute) -> Sequence[Exception]:
    """Return what :func:`prepare_request` raises before the route is known."""
    reads_a_body = not (route.methods or set()).isdisjoint(READING_A_BODY)
    return (*_ENVELOPE, *(_BODY if reads_a_body else ()))
