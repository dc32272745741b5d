"""Requests from pages of other origins, as far as a trigger and not its function decides."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request, Response

from isolambda_core.domain.http_answers import Headers
from isolambda_core.domain.triggers.types.http import ANY_ORIGIN, cors_of, methods_of
from isolambda_core.services.executions.http_functions import HttpFunction

_PREFIX: Final = "access-control-"


def preflight(request: Request, found: HttpFunction) -> Response | None:
    """Return the answer to a preflight, or None where the request is none of ours to answer."""
    cors = cors_of(found.trigger.document)
    is_asked = "access-control-request-method" in request.headers and "origin" in request.headers
    if cors is None or request.method != "OPTIONS" or not is_asked:
        return None
    headers = dict(headers_of(request, found))
    if "access-control-allow-origin" in headers:
        methods = cors.get("methods", methods_of(found.trigger.document))
        headers["access-control-allow-methods"] = ", ".join(methods)
        if allowed := cors.get("headers"):
            headers["access-control-allow-headers"] = ", ".join(allowed)
        if age := cors.get("max_age"):
            headers["access-control-max-age"] = str(age)
    return Response(status_code=204, headers=headers)


def headers_of(request: Request, found: HttpFunction) -> Mapping[str, str]:
    """Return what an answer says to pages of other origins; nothing where the function does."""
    cors = cors_of(found.trigger.document)
    return {} if cors is None else _allowing(cors, request.headers.get("origin"))


def without_own(found: HttpFunction, headers: Headers) -> Headers:
    """Return the headers of a function, without those that the trigger says."""
    if cors_of(found.trigger.document) is None:
        return headers
    return [each for each in headers if not each[0].startswith(_PREFIX)]


def _allowing(cors: Mapping[str, Any], origin: str | None) -> Mapping[str, str]:
    if ANY_ORIGIN in cors["origins"]:
        return {"access-control-allow-origin": ANY_ORIGIN}
    if origin not in cors["origins"]:
        return {"vary": "origin"}
    shown = {"access-control-allow-origin": str(origin), "vary": "origin"}
    if cors.get("credentials"):
        shown["access-control-allow-credentials"] = "true"
    return shown
