"""The FastAPI app: both dialects behind one boundary."""

import re
from typing import NoReturn

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from isolambda_api import service
from isolambda_api.boundary import Boundary, Renderer
from isolambda_api.codemash import errors as codemash_errors
from isolambda_api.codemash import routes as codemash_routes
from isolambda_api.codemash import schemas as codemash_schemas
from isolambda_api.dependencies import Services
from isolambda_api.kazoo import errors as kazoo_errors
from isolambda_api.kazoo import routes as kazoo_routes
from isolambda_api.kazoo import schemas as kazoo_schemas
from isolambda_api.openapi import DocumentedApi
from isolambda_core import __version__

__all__ = ["Services", "create_app"]

_CODEMASH = re.compile(r"(/v[12])?/serverless(/.*)?", re.DOTALL)


def create_app(services: Services, answer_bytes: int | None = None) -> FastAPI:
    """Return the app; it holds no state but ``services``.

    ``answer_bytes`` is the longest body, written as a JSON string, that can be carried to a client.
    """
    app = DocumentedApi(
        title="Isolambda",
        version=__version__,
        summary="JavaScript functions kept as documents and run safely.",
        routes=[
            *service.router.routes,
            *codemash_routes.router.routes,
            *kazoo_routes.router.routes,
        ],
        docs_url=None,  # the pages load their scripts from somebody else's servers
        redoc_url=None,
        redirect_slashes=False,
        # FastAPI would answer these two in no dialect; the boundary answers everything.
        exception_handlers={HTTPException: _pass_on, RequestValidationError: _pass_on},
    )
    app.requests = (*kazoo_schemas.REQUESTS, *codemash_schemas.REQUESTS)
    app.state.services = services
    app.add_middleware(
        Boundary,
        routes=app.routes,
        renderer_for=renderer_for,
        clock=services.accounts.clock,
        answer_bytes=answer_bytes,
    )
    return app


def renderer_for(path: str) -> Renderer:
    """Choose the dialect of a path: CodeMash under ``[/v1|/v2]/serverless``, Kazoo elsewhere."""
    return codemash_errors.render if _CODEMASH.fullmatch(path) else kazoo_errors.render


async def _pass_on(_: Request, error: Exception) -> NoReturn:
    raise error
