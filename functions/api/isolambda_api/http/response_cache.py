"""Answer a plain read as its route did before, while nothing has changed that it depends on.

The routes make every answer, and decide who gets it. A response is kept for the credential and the
path that it answered, until an account, a key, a function, a version or an alias changes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from starlette.types import Scope

from isolambda_api.http.authentication import charge
from isolambda_api.http.context import RequestContext, ReusableBody
from isolambda_api.http.fast_path import (
    SPECIAL_HEADERS,
    Answer,
    PlainRequest,
    are_plain,
    credential_of,
)
from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.api_keys import Caller, credential_digest
from isolambda_core.domain.accounts.errors import TooManyRequestsError
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.limits import (
    CACHED_RESPONSE_BYTES,
    CACHED_RESPONSE_BYTES_MIN,
    CACHED_RESPONSES_BYTES,
    REQUEST_COST,
)
from isolambda_core.ports.store import Changes

_SPECIAL: Final = SPECIAL_HEADERS | {b"content-length", b"if-none-match", b"transfer-encoding"}
_TYPE: Final = (b"content-type", b"application/json")

_Key = tuple[str, bytes]
"""The path of a request, and the digest of its credential."""
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])
_CACHEABLE: set[Callable[..., Any]] = set()


def cacheable(endpoint: _Endpoint) -> _Endpoint:
    """Declare that answers depend on nothing but path, credential and what ``Changes`` counts."""
    _CACHEABLE.add(endpoint)
    return endpoint


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """A response, without what belongs to one request."""

    caller: Caller
    expires_at: int | None
    tenant: str
    template: str
    body: ReusableBody

    @property
    def size(self) -> int:
        """The bytes that it counts for."""
        return max(CACHED_RESPONSE_BYTES_MIN, self.body.size)

    def answer(self, credential: str, request: PlainRequest, services: Services) -> Answer | None:
        """Charge the caller, and return the answer; None where the route must refuse the request.

        ``credential`` is that of the caller.
        """
        context = request.context
        if self.expires_at is not None and context.received_at >= self.expires_at:
            return None
        context.caller, context.template = self.caller, self.template
        if self.caller.token is not None:
            context.auth_token = credential
        try:
            charge(request.scope, context, services, self.caller, REQUEST_COST)
        except TooManyRequestsError:
            return None
        body = self.body.complete(context)
        etag = b"etag", b'"%b"' % self.body.etag.encode()
        return Answer(200, [etag, (b"content-length", b"%d" % len(body)), _TYPE], body)


@dataclass(frozen=True, slots=True)
class PlainRead:
    """A GET whose path and credential say all.

    ``count`` is that of the changes when it came; ``response`` is what is kept for it, if anything.
    """

    key: _Key
    headers: Mapping[bytes, bytes] = field(repr=False)
    credential: str = field(repr=False)
    count: int
    response: CachedResponse | None


@dataclass(slots=True)
class _Share:
    """What a tenant has of the cache, the oldest first."""

    keys: dict[_Key, None] = field(default_factory=dict)
    size: int = 0


@dataclass(slots=True)
class ResponseCache:
    """Responses as of one count of changes; it belongs to one event loop.

    When it is full, the tenant that has most of it loses its oldest responses, so the reads of one
    tenant do not displace those of others.
    """

    changes: Changes
    _count: int = -1
    _responses: dict[_Key, CachedResponse] = field(default_factory=dict)
    _shares: dict[str, _Share] = field(default_factory=dict)
    _size: int = 0

    def plain_read(self, scope: Scope) -> PlainRead | None:
        """Return the read that a request is; None if it is special in any way."""
        if scope["method"] != "GET" or scope["query_string"]:
            return None
        headers = dict(scope["headers"])
        credential = credential_of(headers)
        if credential is None or len(headers) != len(scope["headers"]):
            return None
        if not _SPECIAL.isdisjoint(headers) or not are_plain(headers):
            return None
        try:
            count = self.changes.count()
        except StoreUnavailableError:  # which the route reports
            return None
        if count != self._count:
            self._begin(count)
        key = (scope["path"], credential_digest(credential))
        return PlainRead(key, headers, credential, count, self._responses.get(key))

    def keep(self, read: PlainRead, endpoint: object, context: RequestContext) -> None:
        """Keep the successful response to a read, unless another read has seen a change meanwhile.

        What no read has seen yet, the next one sees, and forgets the response.
        """
        caller, tenant, body = context.caller, context.tenant, context.reusable
        if caller is None or tenant is None or body is None or endpoint not in _CACHEABLE:
            return
        if body.size > CACHED_RESPONSE_BYTES or read.count != self._count:
            return
        if read.key in self._responses:
            self._forget(read.key)
        response = CachedResponse(caller, caller.expires_at, tenant, context.template, body)
        share = self._shares.setdefault(tenant, _Share())
        share.keys[read.key] = None
        share.size += response.size
        self._size += response.size
        self._responses[read.key] = response
        while self._size > CACHED_RESPONSES_BYTES:
            largest = max(self._shares.values(), key=lambda each: each.size)
            self._forget(next(iter(largest.keys)))

    def _forget(self, key: _Key) -> None:
        response = self._responses.pop(key)
        share = self._shares[response.tenant]
        del share.keys[key]
        share.size -= response.size
        self._size -= response.size

    def _begin(self, count: int) -> None:
        self._count = count
        self._responses.clear()
        self._shares.clear()
        self._size = 0
