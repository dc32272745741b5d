"""The fast path of a call that a Kazoo switch sends as a query."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from isolambda_api.http.fast_path import Answer, FastRoute, PlainRequest, Requested
from isolambda_api.http.invocation_options import VERSION_HEADER
from isolambda_api.http.services import Services
from isolambda_api.kazoo.errors import render_error
from isolambda_api.pivot.routes import ENDPOINT, KEY, NOT_OF_THE_CALL, call_of
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.json_text import dump_readable, to_utf8
from isolambda_core.services.executions.execution import Resolved

_TYPE = (b"content-type", b"application/json")
_VERSION = VERSION_HEADER.encode()
_SPECIAL = frozenset(NOT_OF_THE_CALL) - {KEY}


def _find(match: re.Match[str], _headers: Mapping[bytes, bytes], query: bytes) -> Requested | None:
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    fields = dict(pairs)
    key = fields.get(KEY, "").strip()
    if not key or not _SPECIAL.isdisjoint(fields):
        return None
    call = call_of(match[1], (pair for pair in pairs if pair[0] != KEY), {})
    return key, match[1], match[2], to_utf8(dump_readable(call))


async def _execute(
    services: Services, invocation: Invocation, resolved: Resolved, _request: PlainRequest
) -> Answer:
    answer = await services.calls.answer_resolved(invocation, resolved)
    body = answer.callflow
    version = [] if answer.version is None else [(_VERSION, answer.version.encode())]
    return Answer(200, [*version, (b"content-length", b"%d" % len(body)), _TYPE], body)


FAST = FastRoute(
    verb="GET",
    path=re.compile(r"/pivot/([0-9a-f]{32})/([0-9a-f]{32})"),
    template=ENDPOINT,
    cost=0,
    trigger="pivot",
    as_callflow=True,
    find=_find,
    read=lambda _: None,
    execute=_execute,
    render_error=render_error,
)
"""A call with its key and all its fields in the query."""
