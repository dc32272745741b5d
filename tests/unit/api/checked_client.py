"""A client that holds every answer against the OpenAPI document."""

import re
from typing import Any

from fastapi import FastAPI
from httpx2 import Response
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient
from typing_extensions import override

OUTSIDE_THE_DOCUMENT = {400, 401, 404, 405, 410, 429}


class CheckedClient(TestClient):
    """Holds every answer against the OpenAPI document."""

    def __init__(self, app: FastAPI, document: dict[str, Any], headers: dict[str, str]) -> None:
        super().__init__(app, headers=headers)
        self._document = document

    @override
    def request(self, method: str, url: Any, **rest: Any) -> Response:
        response = super().request(method, url, **rest)
        operation = _operation(self._document, method, response.url.path)
        assert response.headers["x-request-id"]
        if operation is None:
            assert response.status_code in OUTSIDE_THE_DOCUMENT | {200}
            return response
        documented = operation["responses"][str(response.status_code)]
        if response.status_code == 304:
            assert not response.content
            return response
        schema = documented["content"]["application/json"]["schema"]
        whole = {**schema, "components": self._document["components"]}
        Draft202012Validator(whole).validate(response.json())
        return response


def _operation(document: dict[str, Any], method: str, path: str) -> dict[str, Any] | None:
    for template, operations in document["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if re.fullmatch(f"{pattern}/?", path):
            found: dict[str, Any] | None = operations.get(method.lower())
            return found
    return None
