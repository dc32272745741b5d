"""The routes of Kazoo's functions API: functions as documents.

Kx: src/modules/cb_functions.erl, doc/functions.md.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from isolambda_api.functions.query import (
    FILTERS,
    TOO_MANY_FILTERS,
    filtered,
    function_filter,
)
from isolambda_api.functions.representation import (
    FIELDS,
    FULL_DOCS,
    NO_FIELDS,
    metadata,
    requested_item,
    summary,
    whole,
)
from isolambda_api.functions.samples import samples
from isolambda_api.http.context import context_of
from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.headers import prefers
from isolambda_api.http.invocation_options import RESPONSE_TOO_LARGE
from isolambda_api.http.locations import location_of
from isolambda_api.http.preconditions import CACHED, Expected
from isolambda_api.http.raises import full, raises, reads
from isolambda_api.http.response_cache import cacheable
from isolambda_api.http.services import (
    Services,
    UseCases,
)
from isolambda_api.kazoo.authorization import AccountManager, ManagedAccount, Public
from isolambda_api.kazoo.coercion import coerced_function
from isolambda_api.kazoo.envelope import listing, success
from isolambda_api.kazoo.ids import FunctionId
from isolambda_api.kazoo.pagination import Paging, paged
from isolambda_api.kazoo.paths import ACCOUNT, FUNCTION
from isolambda_api.kazoo.request import Data
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.document_warnings import DocumentWarning, key_warnings
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    ListTooLongError,
    RevisionConflictError,
    Violation,
)
from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
    TooManyExecutionsError,
)
from isolambda_core.domain.functions.errors import FunctionExistsError
from isolambda_core.domain.functions.functions import (
    KEYS,
    Function,
    net_warnings,
)
from isolambda_core.services.functions.source_checks import WriteCheck

router = APIRouter(route_class=DeferredRoute, tags=["Functions"])

_LIST = f"{ACCOUNT}/functions"
_SAMPLES = f"{_LIST}/samples"
_INVALID = InvalidDocumentError(
    [
        Violation(("name",), "required", None, "name"),
        Violation(("function_js",), "type", "string", 123),
    ]
)
_NO_MODULE = InvalidDocumentError(
    [
        Violation(
            ("files", "lib/total.ts"),
            "error",
            None,
            None,
            "lib/total.ts:1:19: 'zod' is not a file of the function: bundle packages into it, for "
            "example by esbuild",
            (1, 19),
        )
    ]
)
_NOT_COMPILED = (TooManyExecutionsError(2, 2), ExecutorBusyError(), ExecutorUnavailableError())
_STRICT = "handling=strict"
_RE_ENABLE = Violation(("re-enable",), "required", None, "re-enable")


async def _check(
    request: Request,
    services: UseCases,
    prefer: Annotated[
        str | None,
        Header(
            description=f"`{_STRICT}`: save no source that does not compile, also if it is the "
            "body of a function (RFC 7240).",
            json_schema_extra={"examples": [_STRICT]},
        ),
    ] = None,
) -> WriteCheck:
    request_id = context_of(request).request_id
    return services.source_checks.of_write(request_id, is_strict=prefers(prefer, _STRICT))


Check = Annotated[WriteCheck, Depends(_check)]
"""What compiles the source that a request writes."""


@router.get(_LIST, responses=CACHED)
@reads(FILTERS, FULL_DOCS, FIELDS)
@raises(TOO_MANY_FILTERS, NO_FIELDS, ListTooLongError(), RESPONSE_TOO_LARGE)
@cacheable
def list_functions(
    request: Request,
    account: ManagedAccount,
    services: UseCases,
    wanted: Paging,
    paginate: Annotated[str | None, Query(description="`false` for all in one answer.")] = None,
) -> Response:
    """Return functions of the account that pass every filter, by default the highest id first."""
    predicate = function_filter(request.query_params)
    item_of = requested_item(request.query_params)
    if paginate == "false":
        every = services.functions.list_whole(
            account.id, descending=wanted.descending, predicate=predicate
        )
        return listing(request, [item_of(function) for function in every])
    page = services.functions.list(
        account.id, wanted.size, wanted.after, descending=wanted.descending, predicate=predicate
    )
    return paged(request, wanted, page, item_of)


@router.put(_LIST, status_code=201)
@raises(_INVALID, _NO_MODULE, FunctionExistsError(), full(Quota.FUNCTIONS), *_NOT_COMPILED)
def create_function(
    request: Request, account: ManagedAccount, data: Data, check: Check, services: UseCases
) -> Response:
    """Save a new function, under the `id` in its data, or under a new one in the answer.

    Modules are compiled first; without an executor nothing is saved.
    """
    function = services.functions.create(
        account.id, coerced_function(data), check.compiled, by=context_of(request).key_id
    )
    location = location_of(
        request, "fetch_function", account_id=account.id, function_id=function.id
    )
    warnings = _warnings(services, account, check, data, function, source_is_new=True)
    return _one(request, function, warnings, {"location": location})


@router.patch(_LIST)
@raises(InvalidDocumentError([_RE_ENABLE]), RevisionConflictError())
def enable_functions(
    request: Request, account: ManagedAccount, data: Data, services: UseCases
) -> Response:
    """Enable every function that was disabled because it failed, and return them."""
    if data.get("re-enable") not in (True, "true"):
        raise InvalidDocumentError([_RE_ENABLE])
    enabled = services.failures.enable_all(account.id, context_of(request).key_id)
    return success(request, [summary(function) for function in enabled])


@router.get("/v2/functions", responses=CACHED)
def list_system_functions(request: Request, caller: AccountManager) -> Response:  # noqa: ARG001
    """Return the functions that the system has for all accounts: none."""
    return listing(request, [])


@router.get("/v2/functions/samples", responses=CACHED)
@reads(FILTERS)
@raises(TOO_MANY_FILTERS)
def show_samples(request: Request, _: Public) -> Response:
    """Return functions to start from; no key is needed."""
    return _samples(request)


@router.get(_SAMPLES, responses=CACHED)
@reads(FILTERS)
@raises(TOO_MANY_FILTERS)
def show_samples_to_account(request: Request, account: ManagedAccount) -> Response:  # noqa: ARG001
    """Return functions to start from."""
    return _samples(request)


@router.get(FUNCTION, responses=CACHED)
@cacheable
def fetch_function(
    request: Request, account: ManagedAccount, function_id: FunctionId, services: UseCases
) -> Response:
    """Return a function with all its public keys."""
    return _one(request, services.functions.fetch(account.id, function_id))


@router.post(FUNCTION)
@raises(_INVALID, _NO_MODULE, *_NOT_COMPILED)
def change_function(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    data: Data,
    check: Check,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Replace all public keys of a function."""
    by = context_of(request).key_id
    function, source_is_new = services.functions.change(
        account.id, function_id, coerced_function(data), expected, check.compiled, by=by
    )
    warnings = _warnings(services, account, check, data, function, source_is_new=source_is_new)
    return _one(request, function, warnings)


@router.patch(FUNCTION)
@raises(_INVALID, _NO_MODULE, *_NOT_COMPILED)
def patch_function(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    data: Data,
    check: Check,
    expected: Expected,
    services: UseCases,
) -> Response:
    """Merge keys into a function; `null` removes a key."""
    by = context_of(request).key_id
    function, source_is_new = services.functions.patch(
        account.id, function_id, coerced_function(data), expected, check.compiled, by=by
    )
    warnings = _warnings(services, account, check, data, function, source_is_new=source_is_new)
    return _one(request, function, warnings)


@router.delete(FUNCTION)
def remove_function(
    request: Request,
    account: ManagedAccount,
    function_id: FunctionId,
    expected: Expected,
    services: UseCases,
    should_soft_delete: Annotated[
        str | None, Query(description="`false` removes the document for good.")
    ] = None,
) -> Response:
    """Delete a function. A body is allowed, and ignored."""
    soft_delete = should_soft_delete != "false"
    function = services.functions.remove(account.id, function_id, expected, soft_delete=soft_delete)
    data = {**function.document, "id": function.id, "_read_only": {"deleted": True}}
    return success(request, data, etag=function.etag)


def _warnings(
    services: Services,
    account: Account,
    check: WriteCheck,
    data: Document,
    function: Function,
    *,
    source_is_new: bool,
) -> Sequence[DocumentWarning]:
    """Return the warnings about a function that was just written from ``data``."""
    warnings = key_warnings(data, KEYS)
    if "net" in data:
        warnings.extend(net_warnings(function, services.accounts.ceilings(account)))
    if "tool" in function.document:
        warnings.extend(services.tools.warnings(function))
    if source_is_new:
        warnings.extend(check.report(function).warnings)
    return warnings


def _one(
    request: Request,
    function: Function,
    warnings: Sequence[DocumentWarning] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    beside = {"metadata": metadata(function)}
    return success(
        request, whole(function, warnings), etag=function.etag, headers=headers, more=beside
    )


def _samples(request: Request) -> Response:
    return listing(request, filtered(samples(), request.query_params))
