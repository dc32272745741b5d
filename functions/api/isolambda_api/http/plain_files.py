"""Files of text for who writes functions: ``/types/isolambda.d.ts``, ``/llms.txt``, ``/llms.md``.

The first declares for TypeScript what a function has beside ECMAScript; ``python -m infra.surface
--write`` makes it. The others tell a language model how to write one; infra/docs has them too.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from isolambda_api.http.preconditions import is_known_to_client

_PATHS = ("/types/isolambda.d.ts", "/llms.txt", "/llms.md")


async def plain_file(request: Request) -> Response:
    """Return a file; no key is needed, and it is the same for everybody."""
    content, etag = await run_in_threadpool(_read, Path(request.url.path).name)
    headers = {"etag": f'"{etag}"', "cache-control": "public, max-age=3600"}
    if is_known_to_client(request, etag):
        return Response(status_code=304, headers=headers)
    # A browser takes the type that the suffix of declarations has for a video.
    return Response(content, headers=headers, media_type="text/plain")


@cache
def _read(name: str) -> tuple[bytes, str]:
    content = Path(__file__).with_name(name).read_bytes()
    return content, sha256(content).hexdigest()[:32]


ROUTES = tuple(Route(path, plain_file) for path in _PATHS)
"""No part of the API, and so not of its document."""
