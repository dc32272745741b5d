"""The endpoint by which the executor on AWS has tools called, for code that calls them.

It shows the token that its execution was granted, and no key. The token alone says who calls, and
with which rights; nothing in the body does.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi import Request, Response

from isolambda_api.http.body import read_bytes, read_json
from isolambda_api.http.errors import BodyTooLargeError, MalformedBodyError
from isolambda_api.http.services import Services, services_of
from isolambda_api.kazoo.envelope import success
from isolambda_api.key_values.internal import claims_of
from isolambda_core.domain.limits import MIB
from isolambda_core.domain.tools.calls import Fields, read_call
from isolambda_core.domain.tools.errors import ToolCallError
from isolambda_core.domain.tools.tokens import ToolClaims

_BODY_BYTES: Final = MIB
"""More than any call has: arguments take up to three times as long as JSON in ASCII."""


async def answer_call(request: Request) -> Response:
    """Call a tool for an execution, with the rights of the key that its token names.

    Raises:
        TooManyRequestsError: the token is not valid, and the address has sent too much.
        UnauthorizedError: it is not valid.
        BodyTooLargeError: no call is as long.
        MalformedBodyError: the body is no object of JSON.
    """
    services = services_of(request)
    blocking = services.invocations.blocking
    claims = await blocking(claims_of, request, services.tool_grants.read)
    fields = read_json(await read_bytes(request, BodyTooLargeError(_BODY_BYTES)), around=1)
    if not isinstance(fields, Mapping):
        raise MalformedBodyError("not an object")
    reply = await _replied(services, claims, fields)
    return success(request, reply, status=HTTPStatus.OK)


async def _replied(services: Services, claims: ToolClaims, fields: Fields) -> Fields:
    try:
        called = read_call(fields)
    except ToolCallError as error:
        return {"error": error.details}
    return await services.tool_calls.call_for(claims, called)
