"""The values of an account, as its functions keep them: routes of ours, in Kazoo's envelope.

A cold start does without what they stand on.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.raises import full, raises
from isolambda_api.http.services import UseCases
from isolambda_api.kazoo.authorization import ManagedAccount
from isolambda_api.kazoo.envelope import listing, success
from isolambda_api.kazoo.gregorian import gregorian
from isolambda_api.kazoo.pagination import FaultyRequestError, PageRequest
from isolambda_api.kazoo.paths import ACCOUNT
from isolambda_api.kazoo.request import Data
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.documents import Document
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.key_values.errors import (
    InvalidOperationError,
    KeyNotFoundError,
    LimitExceededError,
)
from isolambda_core.domain.limits import KV_PAGE_SIZE, KV_VALUE_BYTES

if TYPE_CHECKING:
    from isolambda_core.domain.key_values.values import ItemKey, KeyValue

router = APIRouter(route_class=DeferredRoute, tags=["Key values"])

_NAMESPACES = f"{ACCOUNT}/kv"
_NAMESPACE = f"{_NAMESPACES}/{{namespace}}"
_VALUE = f"{_NAMESPACE}/{{key:path}}"
_INVALID = InvalidOperationError("the key has a control character")
_TOO_LARGE = LimitExceededError(
    "bytes of the value", "value_bytes", KV_VALUE_BYTES, KV_VALUE_BYTES + 1
)

_Namespace = Annotated[str, Path(description="As `kv` of a function's document names it.")]
_Key = Annotated[
    str, Path(description="1 to 512 bytes of UTF-8; slashes may be in it, but not at its end.")
]


@router.get(_NAMESPACES)
def list_kv_namespaces(request: Request, account: ManagedAccount, services: UseCases) -> Response:
    """Return the namespaces of an account that have values, or had some."""
    return success(request, {"namespaces": list(services.key_values.namespaces(account.id))})


@router.get(_NAMESPACE)
@raises(_INVALID, FaultyRequestError("invalid page size"))
def list_key_values(
    request: Request,
    account: ManagedAccount,
    namespace: _Namespace,
    services: UseCases,
    prefix: Annotated[str, Query(description="What the keys begin with.")] = "",
    start_key: Annotated[
        str | None, Query(description="`next_start_key` of the page before.")
    ] = None,
    page_size: Annotated[str | None, Query(description=f"1 to {KV_PAGE_SIZE}.")] = None,
) -> Response:
    """Return a page of the values of a namespace, in the order of their keys."""
    from isolambda_core.domain.key_values.operations import (  # noqa: PLC0415 - see above
        LIST,
        read_operation,
    )

    size = min(PageRequest.parse(page_size, None).size, KV_PAGE_SIZE)
    asked: Document = {"op": LIST, "namespace": namespace, "prefix": prefix, "limit": size}
    behind: Document = {"start_key": start_key} if start_key else {}
    page = services.key_values.list(account.id, read_operation({**asked, **behind}))
    paging: dict[str, JsonValue] = {"page_size": len(page.items), "start_key": start_key or ""}
    if page.next_start_key is not None:
        paging["next_start_key"] = page.next_start_key
    return listing(request, [_shown(each) for each in page.items], paging)


@router.get(_VALUE)
@raises(_INVALID, KeyNotFoundError("17"))
def fetch_key_value(
    request: Request, account: ManagedAccount, namespace: _Namespace, key: _Key, services: UseCases
) -> Response:
    """Return a value."""
    return success(request, _shown(services.key_values.get(_item(account.id, namespace, key))))


@router.put(_VALUE)
@raises(_INVALID, _TOO_LARGE, full(Quota.KV_ITEMS), full(Quota.KV_BYTES))
def put_key_value(
    request: Request,
    account: ManagedAccount,
    namespace: _Namespace,
    key: _Key,
    data: Data,
    services: UseCases,
) -> Response:
    """Write a value, whatever was there."""
    from isolambda_core.domain.key_values.operations import (  # noqa: PLC0415 - see above
        PUT,
        read_operation,
    )
    from isolambda_core.domain.key_values.values import ItemKey  # noqa: PLC0415

    asked = read_operation({**data, "op": PUT, "namespace": namespace, "key": key})
    if asked.value is None:
        raise _INVALID
    item = ItemKey(account.id, namespace, key)
    return success(request, _shown(services.key_values.put(item, asked.value, asked.ttl_s)))


@router.delete(_VALUE)
@raises(_INVALID, KeyNotFoundError("17"))
def remove_key_value(
    request: Request, account: ManagedAccount, namespace: _Namespace, key: _Key, services: UseCases
) -> Response:
    """Remove a value."""
    services.key_values.delete(_item(account.id, namespace, key))
    return success(request, {"key": key, "_read_only": {"deleted": True}})


def _item(account_id: str, namespace: str, key: str) -> "ItemKey":
    from isolambda_core.domain.key_values.operations import (  # noqa: PLC0415 - see above
        GET,
        read_operation,
    )
    from isolambda_core.domain.key_values.values import ItemKey  # noqa: PLC0415

    asked = read_operation({"op": GET, "namespace": namespace, "key": key})
    return ItemKey(account_id, asked.namespace, asked.key)


def _shown(found: "KeyValue") -> Mapping[str, JsonValue]:
    expires = None if found.expires_at is None else gregorian(found.expires_at)
    return {"key": found.key, "value": found.value.json, "expires": expires}
