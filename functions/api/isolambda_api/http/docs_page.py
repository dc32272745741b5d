"""The pages below ``/docs``, on which Swagger UI shows the OpenAPI document.

Its script and its style sheet are those that the package ``fastapi-offline`` brings; the page asks
no other server for anything. The package's own Python is not imported. Without the package, as in
the Lambda, there are no such pages.
"""

from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from isolambda_api.http.preconditions import is_known_to_client

_PACKAGE = "fastapi_offline"
_MEDIA_TYPES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "start.js": "text/javascript",
}
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Isolambda: the API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{base}docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="{base}docs/swagger-ui-bundle.js"></script>
<script src="{base}docs/start.js" data-document="{base}openapi.json"></script>
</body>
</html>
"""
_START = b"""SwaggerUIBundle({
  url: document.currentScript.dataset.document,
  dom_id: "#docs",
  deepLinking: true,
  docExpansion: "none",
  validatorUrl: null,
});
"""


@cache
def is_installed() -> bool:
    """Tell whether there are such pages here."""
    return find_spec(_PACKAGE) is not None


def routes() -> list[Route]:
    """Return the routes of the pages, which are no part of the API; none without the package."""
    if not is_installed():
        return []
    files = [Route(f"/docs/{name}", _serve_file, name=name) for name in _MEDIA_TYPES]
    return [Route("/docs", _docs_page), *files]


async def _docs_page(request: Request) -> Response:
    # The slash at the end is not in the path any more, but decides what links are relative to.
    ends_in_slash = (request.scope.get("raw_path") or b"").endswith(b"/")
    return HTMLResponse(_PAGE.format(base="../" if ends_in_slash else ""), headers=_HEADERS)


async def _serve_file(request: Request) -> Response:
    name = request.scope["path"].rpartition("/")[2]
    content, etag = await run_in_threadpool(_read, name)
    headers = {"etag": f'"{etag}"', "cache-control": "public, max-age=3600"}
    if is_known_to_client(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=_MEDIA_TYPES[name])


@cache
def _read(name: str) -> tuple[bytes, str]:
    content = _START if name == "start.js" else (_folder() / name).read_bytes()
    return content, sha256(content).hexdigest()[:32]


def _folder() -> Path:
    found = find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(_PACKAGE, name=_PACKAGE)
    return Path(found.submodule_search_locations[0], "static")
