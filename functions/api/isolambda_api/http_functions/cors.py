"""Requests from pages of other origins, as far as a trigger and not its function decides."""

from collections.abc import Mapping
from typing import Any, Final

from isolambda_api.http.fast_path import Answer, PlainRequest
from isolambda_core.domain.http_answers import Headers
from isolambda_core.domain.triggers.types.http import ANY_ORIGIN, methods_of
from isolambda_core.services.executions.http_functions import HttpFunction

_PREFIX: Final = "access-control-"
_PREFLIGHT: Final = frozenset((b"access-control-request-method", b"origin"))
"""The headers that make a request a preflight."""


def preflight(request: PlainRequest, found: HttpFunction) -> Answer | None:
    """Return the answer to a preflight, or None where the request is none of ours to answer."""
    cors = found.cors
    if cors is None or request.scope["method"] != "OPTIONS":
        return None
    if not request.headers.keys() >= _PREFLIGHT:
        return None
    headers = dict(_headers_of(cors, request))
    if "access-control-allow-origin" in headers:
        methods = cors.get("methods", methods_of(found.trigger.document))
        headers["access-control-allow-methods"] = ", ".join(methods)
        if allowed := cors.get("headers"):
            headers["access-control-allow-headers"] = ", ".join(allowed)
        if age := cors.get("max_age"):
            headers["access-control-max-age"] = str(age)
    return Answer(204, [(name.encode(), value.encode()) for name, value in headers.items()], b"")


def headers_of(request: PlainRequest, found: HttpFunction) -> Headers:
    """Return what an answer says to pages of other origins; nothing where the function does."""
    cors = found.cors
    return () if cors is None else tuple(_headers_of(cors, request).items())


def without_own(found: HttpFunction, headers: Headers) -> Headers:
    """Return the headers of a function, without those that the trigger says."""
    if found.cors is None:
        return headers
    return [each for each in headers if not each[0].startswith(_PREFIX)]


def _headers_of(cors: Mapping[str, Any], request: PlainRequest) -> Mapping[str, str]:
    if ANY_ORIGIN in cors["origins"]:
        return {"access-control-allow-origin": ANY_ORIGIN}
    origin = request.headers.get(b"origin", b"").decode("latin-1")
    if origin not in cors["origins"]:
        return {"vary": "origin"}
    shown = {"access-control-allow-origin": origin, "vary": "origin"}
    if cors.get("credentials"):
        shown["access-control-allow-credentials"] = "true"
    return shown
