"""The fast path of CodeMash's way to execute a function."""

import re
from collections.abc import Mapping

from isolambda_api.codemash.errors import render_error
from isolambda_api.codemash.request import input_of
from isolambda_api.codemash.response import CONTENT_TYPE
from isolambda_api.codemash.routes import answer_execution
from isolambda_api.http.fast_path import (
    Answer,
    FastRoute,
    PlainRequest,
    Requested,
    answer_of,
    credential_of,
)
from isolambda_api.http.invocation_options import EXECUTION_HEADER, VERSION_HEADER
from isolambda_api.http.services import Services
from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.ids import parse_guid
from isolambda_core.domain.json_text import dump_readable, parse
from isolambda_core.domain.limits import REQUEST_COST
from isolambda_core.services.executions.execution import Resolved

_PROJECT = b"x-cm-projectid"
_INPUTS = frozenset(("Data", "Template", "data", "template"))
_TYPE = (b"content-type", CONTENT_TYPE.encode())
_VERSION, _EXECUTION = VERSION_HEADER.encode(), EXECUTION_HEADER.encode()


def _find(match: re.Match[str], headers: Mapping[bytes, bytes], query: bytes) -> Requested | None:
    credential = credential_of(headers)
    project = parse_guid(headers[_PROJECT].decode("latin-1")) if _PROJECT in headers else None
    function_id = parse_guid(match[1])
    if query or credential is None or function_id is None:
        return None
    if _PROJECT in headers and project is None:
        return None
    return credential, project, function_id, None


def _read(body: bytes) -> bytes | None:
    fields = parse(body, around=1) if body else None
    if type(fields) is not dict or len(fields) != 1:
        return None
    [(name, data)] = fields.items()
    return input_of(name, data) if name in _INPUTS else None


async def _execute(
    services: Services, invocation: Invocation, resolved: Resolved, _request: PlainRequest
) -> Answer:
    execution = await services.invocations.execute_resolved(invocation, resolved)
    if execution.result.outcome is not Outcome.OK:
        return answer_of(answer_execution(execution, {}))
    text = dump_readable((execution.result.result or b"").decode())
    body = f'{{"Result":{text},"result":{text}}}'.encode()
    headers = [
        (_VERSION, execution.version.encode()),
        (_EXECUTION, execution.result.execution_id.encode()),
        (b"content-length", b"%d" % len(body)),
        _TYPE,
    ]
    return Answer(200, headers, body)


FAST = FastRoute(
    verb="POST",
    path=re.compile(r"(?:/v[12])?/serverless/functions/([0-9a-fA-F-]{32,36})/execute"),
    template="/v2/serverless/functions/{id}/execute",
    cost=REQUEST_COST,
    trigger="codemash",
    as_callflow=False,
    find=_find,
    read=_read,
    execute=_execute,
    render_error=render_error,
)
"""CodeMash's execute, with nothing but the input in its body."""
