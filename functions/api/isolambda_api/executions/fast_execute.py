"""The fast path of our own route to execute a function."""

import re
from collections.abc import Mapping

from isolambda_api.executions.execute import ROUTE, body_of
from isolambda_api.http.fast_path import (
    Answer,
    FastRoute,
    PlainRequest,
    Requested,
    answer_of,
    credential_of,
)
from isolambda_api.http.services import Services
from isolambda_api.kazoo import errors
from isolambda_api.kazoo.envelope import success, success_body
from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.json_text import dump_readable, parse, to_utf8
from isolambda_core.domain.limits import REQUEST_COST
from isolambda_core.services.executions.execution import Resolved

_TYPE = (b"content-type", b"application/json")


def _find(match: re.Match[str], headers: Mapping[bytes, bytes], query: bytes) -> Requested | None:
    credential = credential_of(headers)
    if query or credential is None:
        return None
    return credential, match[1], match[2], None


def _read(body: bytes) -> bytes | None:
    envelope = parse(body, around=1)
    if not isinstance(envelope, dict) or len(envelope) != 1:
        return None
    data = envelope.get("data")
    return to_utf8(dump_readable(data)) if isinstance(data, dict) else None


async def _execute(
    services: Services, invocation: Invocation, resolved: Resolved, request: PlainRequest
) -> Answer:
    execution = await services.invocations.execute_resolved(invocation, resolved)
    result = execution.result
    if result.outcome is not Outcome.OK or result.logs or result.fetches:
        return answer_of(success(request.as_request(), body_of(execution), status=200))
    usage = result.usage
    before = f'{{"execution_id":"{result.execution_id}","outcome":"ok","result":'
    returned = b"null" if result.result is None else result.result
    after = (
        f',"error":null,"logs":[],"usage":{{"wall_ms":{usage.wall_ms!r},"cpu_ms":{usage.cpu_ms!r},'
        f'"memory_mb":{usage.memory_mb!r},"cold":{"true" if usage.cold else "false"},'
        f'"fetches":{usage.fetches}}},"fetches":[],'
        f'"version":"{execution.version}"}}'
    )
    body = success_body(before, returned, after, request.context)
    return Answer(200, [(b"content-length", b"%d" % len(body)), _TYPE], body)


FAST = FastRoute(
    verb="POST",
    path=re.compile(r"/v2/accounts/([0-9a-f]{32})/functions/([0-9a-f]{32})/execute"),
    template=ROUTE,
    cost=REQUEST_COST,
    trigger="kazoo",
    as_callflow=False,
    find=_find,
    read=_read,
    execute=_execute,
    render_error=errors.render_error,
)
"""Kazoo's execute, with nothing but ``data`` in its envelope."""
