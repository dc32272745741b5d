"""``/types/isolambda.d.ts``: declares for TypeScript what a function has beside ECMAScript.

``python -m infra.surface --write`` makes the file.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from isolambda_api.http.preconditions import is_known_to_client

_FILE = Path(__file__).with_name("isolambda.d.ts")


async def types_file(request: Request) -> Response:
    """Return the declarations; no key is needed, and they are the same for everybody."""
    content, etag = await run_in_threadpool(_read)
    headers = {"etag": f'"{etag}"', "cache-control": "public, max-age=3600"}
    if is_known_to_client(request, etag):
        return Response(status_code=304, headers=headers)
    # A browser takes the type that the suffix has for a video.
    return Response(content, headers=headers, media_type="text/plain")


@cache
def _read() -> tuple[bytes, str]:
    content = _FILE.read_bytes()
    return content, sha256(content).hexdigest()[:32]


ROUTES = (Route("/types/isolambda.d.ts", types_file),)
"""No part of the API, and so not of its document."""
