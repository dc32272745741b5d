"""How CodeMash answers go out."""

from collections.abc import Mapping

from fastapi import Response

from isolambda_api.http.json_response import (
    Body,
    encode,
)

CONTENT_TYPE = "application/json; charset=utf-8"


def answer(body: Body, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer with the content type that CodeMash sends."""
    return Response(encode(body), status, dict(headers or {}), media_type=CONTENT_TYPE)
