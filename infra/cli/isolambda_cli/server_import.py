"""Import the server, for the commands that serve."""

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isolambda_local.settings import ServerSettings


def import_serve() -> "Callable[[ServerSettings], None]":
    """Import as the API's Lambda does, so that a server starts and ends half a second sooner.

    No imported object becomes garbage, so the collector skips them all, now and at the end.
    Pydantic builds FastAPI's models of an OpenAPI document with the first such document.
    """
    # The web framework, the database and the engine take a second, which only a server needs.
    from pydantic import BaseModel  # noqa: PLC0415 - see above

    gc.disable()
    BaseModel.model_config["defer_build"] = True
    try:
        from isolambda_local.serve import serve  # noqa: PLC0415 - see above
    finally:
        gc.freeze()
        gc.enable()
    return serve
