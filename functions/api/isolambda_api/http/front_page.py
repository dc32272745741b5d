"""The page at ``/``: what runs here, and where to read on; and the way to the console."""

from base64 import b64encode
from hashlib import sha256
from importlib import import_module
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.routing import Route

from isolambda_api.http import docs_page
from isolambda_core import __version__

_STYLE = "body{font:1rem/1.5 sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}"
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}
_DOCS = '<li><a href="docs">docs</a>: the API, to read and to try</li>\n'
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Isolambda</title>
<style>{style}</style>
</head>
<body>
<h1>Isolambda</h1>
<p>JavaScript functions kept as documents and run safely. This is version {version}.</p>
<ul>
<li><a href="console">console</a>: write functions, run them, and see what they did</li>
{docs}<li><a href="openapi.json">openapi.json</a>: the same API as an OpenAPI document</li>
<li><a href="types/isolambda.d.ts">types/isolambda.d.ts</a>: a function for TypeScript</li>
<li><a href="llms.txt">llms.txt</a>: how a language model writes a function</li>
<li><a href="healthz">healthz</a>: whether the service is up</li>
</ul>
</body>
</html>
"""


async def front_page(_: Request) -> Response:
    """Return the page; no key is needed, and nothing of the installation is on it."""
    page = _PAGE.format(
        style=_STYLE, version=__version__, docs=_DOCS if docs_page.is_installed() else ""
    )
    return HTMLResponse(page, headers=_HEADERS)


async def console_page(request: Request) -> Response:
    """Return the page of the console."""
    response: Response = await _console().page(request)
    return response


async def console_file(request: Request) -> Response:
    """Return a file of the console's page."""
    response: Response = await _console().file(request)
    return response


def _console() -> Any:
    # Imported with the first request to it: no other request needs it.
    return import_module("isolambda_api.http.console_page")


ROUTES = (
    Route("/", front_page),
    Route("/console", console_page),
    Route("/console/{name}", console_file),
)
"""No part of the API, and so not of its document."""
