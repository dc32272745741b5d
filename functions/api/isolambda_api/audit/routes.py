"""The audit of an account: a route of ours, in Kazoo's envelope.

A cold start does without what it stands on.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from isolambda_api.http.deferred_route import DeferredRoute
from isolambda_api.http.raises import raises
from isolambda_api.http.services import UseCases
from isolambda_api.kazoo.authorization import ManagedAccount
from isolambda_api.kazoo.gregorian import unix
from isolambda_api.kazoo.pagination import PagingNewestFirst, paged
from isolambda_api.kazoo.paths import ACCOUNT
from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.ids import MS_MAX
from isolambda_core.domain.json_text import JsonValue

if TYPE_CHECKING:
    from isolambda_core.domain.audit.entries import AuditEntry
    from isolambda_core.services.audit.audit import AuditFilter

router = APIRouter(route_class=DeferredRoute, tags=["Audit"])

_SECONDS = re.compile("[0-9]{1,18}")
_DIGITS: dict[str, Any] = {"pattern": f"^{_SECONDS.pattern}$"}


@raises(InvalidDocumentError([Violation(("from",), "type", "integer", "today")]))
async def _audit_filter(
    target: Annotated[
        str | None,
        Query(description="Id of what was changed, or of the function that it belongs to."),
    ] = None,
    key_id: Annotated[
        str | None, Query(description="Id of the API key that changed something.")
    ] = None,
    since: Annotated[
        str | None,
        Query(
            alias="from",
            description="Not before this time, in Gregorian seconds.",
            json_schema_extra=_DIGITS,
        ),
    ] = None,
    until: Annotated[
        str | None,
        Query(
            alias="to",
            description="Not after this time, in Gregorian seconds.",
            json_schema_extra=_DIGITS,
        ),
    ] = None,
) -> "AuditFilter":
    from isolambda_core.services.audit.audit import AuditFilter  # noqa: PLC0415 - see above

    violations = [*_check_time("from", since), *_check_time("to", until)]
    if violations:
        raise InvalidDocumentError(violations)
    return AuditFilter(
        target,
        key_id,
        0 if since is None else unix(int(since)) * 1_000,
        MS_MAX if until is None else (unix(int(until)) + 1) * 1_000,
    )


@router.get(f"{ACCOUNT}/audit")
def list_audit(
    request: Request,
    account: ManagedAccount,
    wanted: PagingNewestFirst,
    asked: Annotated["AuditFilter", Depends(_audit_filter)],
    services: UseCases,
) -> Response:
    """Return a page of what was changed in the account, the latest first.

    Each change has an entry as long as the server keeps them: who made it, from where, and what it
    was before and after. Hashes stand for sources, and no entry has the value of a secret or a key.
    A page with a filter may hold fewer than asked for, or none, and still have another behind it.
    """
    page = services.audit.list(account.id, wanted.size, wanted.after, asked)
    return paged(request, wanted, page, _document)


def _document(entry: "AuditEntry") -> Mapping[str, JsonValue]:
    return {"id": entry.id, **entry.document}


def _check_time(name: str, given: str | None) -> Iterator[Violation]:
    if given is not None and not _SECONDS.fullmatch(given):
        yield Violation((name,), "type", "integer", given)
