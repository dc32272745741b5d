"""Manage versions: publish the draft, fetch, list, remove."""

from contextlib import suppress
from dataclasses import dataclass

from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.functions.errors import VersionExistsError
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import (
    Version,
    digest_of,
    frozen_keys,
    validated_description,
)
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.functions import (
    FunctionRepository,
    VersionRepository,
)
from isolambda_core.services.functions.source_checks import SourceCheckService
from isolambda_core.services.optimistic_locking import ATTEMPTS
from isolambda_core.services.paging import (
    Page,
    fill_page,
)

_LATEST_AT_ONCE = 10
"""Where the latest versions were removed, as many of them are passed over at a time."""


@dataclass(frozen=True, slots=True)
class VersionService:
    """Manages the versions of a function; a version never changes."""

    functions: FunctionRepository
    versions: VersionRepository
    source_checks: SourceCheckService
    clock: Clock

    def publish(
        self,
        account_id: str,
        function_id: str,
        description: JsonValue,
        request_id: str = "",
        *,
        by: str | None = None,
    ) -> tuple[Version, bool]:
        """Freeze the draft under the next number, and return the version and True.

        ``by`` is the id of the API key that does it, None for an operator.

        Where the latest version is what the draft is, it is returned as it is, with False.

        A draft whose source does not compile is refused; one whose source could not be compiled,
        because no executor had the time, is published as it is.

        Raises:
            InvalidDocumentError: the description breaks a rule, or the source does not compile.
            FunctionNotFoundError: the account has no such function.
            VersionExistsError: others keep publishing at the same time.
            QuotaExceededError: the function may have no more versions.
        """
        validated = validated_description(description)
        draft = self.functions.get(account_id, function_id)
        frozen = frozen_keys(draft.document)
        for attempt in range(ATTEMPTS):
            # The number first: a version that another request publishes now takes it, and the next
            # turn of the loop compares that one.
            number = self.versions.last_number(account_id, function_id) + 1
            published = self.versions.iterate(account_id, function_id, at_once=_LATEST_AT_ONCE)
            latest = next(published, None)
            if latest is not None and latest.sha256 == digest_of(frozen):
                return latest, False
            if attempt == 0:
                self._require_compiled(draft, request_id)
            version = Version(
                account_id,
                function_id,
                number,
                validated,
                frozen,
                created_at=self.clock.now(),
                compiled=draft.compiled,
                created_by=by,
            )
            with suppress(VersionExistsError):  # another request was faster
                self.versions.add(version)
                return version, True
        raise VersionExistsError

    def _require_compiled(self, draft: Function, request_id: str) -> None:
        if draft.compiled is not None:
            return
        violation = self.source_checks.check(draft, request_id).violation
        if violation is not None:
            raise InvalidDocumentError([violation])

    def fetch(self, account_id: str, function_id: str, number: int) -> Version:
        """Return a version.

        Raises:
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such version.
        """
        self.functions.get(account_id, function_id)
        return self.versions.get(account_id, function_id, number)

    def list(
        self, account_id: str, function_id: str, limit: int, after: str | None, *, descending: bool
    ) -> Page[Version]:
        """Return a page of versions, in the order of their numbers; see :func:`fill_page`.

        Raises:
            FunctionNotFoundError: the account has no such function.
        """
        self.functions.get(account_id, function_id)
        found = self.versions.iterate(
            account_id, function_id, after, descending=descending, at_once=limit + 1
        )
        return fill_page(found, limit)

    def remove(self, account_id: str, function_id: str, number: int) -> Version:
        """Remove a version, and return it; no later version gets its number.

        Raises:
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such version.
            VersionInUseError: an alias points to it.
        """
        version = self.fetch(account_id, function_id, number)
        self.versions.remove(version)
        return version
