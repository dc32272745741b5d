"""The console: the page at ``/console``, and its files below.

``make console`` builds them of the sources in ``functions/api/console`` into ``console/app`` of
this package. They are read when a browser first asks for one.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from gzip import compress
from hashlib import sha256
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from isolambda_api.http.headers import elements_of
from isolambda_api.http.preconditions import is_known_to_client

_APP = Path(__file__).parents[1] / "console" / "app"
_PAGE = "index.html"
_MEDIA_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".txt": "text/plain",
}
_HASHED = re.compile(r"[a-z_]+-[0-9A-Z]{8}\.(js|css)")
_REFUSED = re.compile(r";\s*q\s*=\s*0(\.0*)?\s*$")
"""A weight of none (RFC 9110, section 12.4.2)."""
_UNHASHED = (_PAGE, "LICENSES.txt")
"""What the build calls files; nothing else is looked for."""
_FILES = 256
"""How many files are remembered; the build makes fewer."""
_HEADERS = {
    # Nothing inline, and no other host. The page makes no markup of text: a browser that knows
    # Trusted Types refuses to.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
}
_CACHE_NAMED_BY_HASH = "public, max-age=31536000, immutable"
_NOT_BUILT = "The console is not built here. Run `make console`, and start the server again.\n"
_NO_SUCH_FILE = "The console has no such file. Load the page again.\n"


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    etag: str


async def page(request: Request) -> Response:
    """Return the page; no key is needed, and nothing of the installation is on it.

    With a slash at the end, links of the page would lead elsewhere, so that address is another's.
    """
    if _ends_in_slash(request):
        return RedirectResponse("../console", headers=_HEADERS)
    return await _answer(request, _PAGE, _NOT_BUILT)


async def file(request: Request) -> Response:
    """Return a file of the page."""
    return await _answer(request, request.path_params["name"], _NO_SUCH_FILE)


def _ends_in_slash(request: Request) -> bool:
    # The path itself has lost the slash on its way here.
    scope = request.scope
    if "aws.event" in scope:
        return str(scope["aws.event"]["rawPath"]).endswith("/")
    return bool(scope["raw_path"].partition(b"?")[0].endswith(b"/"))


async def _answer(request: Request, name: str, refusal: str) -> Response:
    is_hashed = _HASHED.fullmatch(name) is not None
    is_compressed = "gzip" in _encodings(request)
    refused = PlainTextResponse(refusal, status_code=404, headers=_HEADERS)
    if not is_hashed and name not in _UNHASHED:
        return refused
    try:
        read = _read_once if is_hashed else _read
        found = await run_in_threadpool(read, name, is_compressed=is_compressed)
    except FileNotFoundError:
        return refused
    headers = {
        **_HEADERS,
        "etag": f'"{found.etag}"',
        "cache-control": _CACHE_NAMED_BY_HASH if is_hashed else "no-cache",
    }
    if is_known_to_client(request, found.etag):
        return Response(status_code=304, headers=headers)
    encoding = {"content-encoding": "gzip"} if is_compressed else {}
    media_type = _MEDIA_TYPES[Path(name).suffix]
    return Response(found.content, headers={**headers, **encoding}, media_type=media_type)


def _encodings(request: Request) -> set[str]:
    accepted = elements_of(request.headers.get("accept-encoding", "").lower())
    return {each.partition(";")[0].strip() for each in accepted if not _REFUSED.search(each)}


def _read(name: str, *, is_compressed: bool) -> _File:
    content = (_APP / name).read_bytes()
    if is_compressed:
        content = compress(content, mtime=0)
    return _File(content, sha256(content).hexdigest()[:32])


_read_once = lru_cache(_FILES)(_read)
"""For names that are hashes of what the files hold."""
