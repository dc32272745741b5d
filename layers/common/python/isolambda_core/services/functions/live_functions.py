"""Find what callers of an account's functions execute: what the alias ``live`` points to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.functions.functions import LATEST, Function
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.limits import PAGE_SIZE_MAX
from isolambda_core.ports.functions import AliasRepository, FunctionRepository, VersionRepository
from isolambda_core.services.paging import Page, fill_page

LIVE = "live"
"""The alias that callers are shown where a function has it."""


@dataclass(frozen=True, slots=True)
class LiveFunction:
    """A function as it is executed under ``qualifier``: ``live``, or ``$LATEST`` without it."""

    function: Function
    qualifier: str


@dataclass(frozen=True, slots=True)
class LiveFunctionService:
    """Finds the functions that may be executed."""

    functions: FunctionRepository
    versions: VersionRepository
    aliases: AliasRepository

    def list(
        self, account_id: str, limit: int, after: str | None, only: str | None = None
    ) -> Page[LiveFunction]:
        """Return a page of the functions that are enabled, in the order of their ids.

        ``only`` is the id of the one function that the caller may execute, None for any. Of an
        alias that points to two versions it is the first.
        """
        if only is not None:
            return Page(self._one(account_id, only), None)
        found = self.functions.iterate(
            account_id, after, descending=False, at_once=min(limit + 1, PAGE_SIZE_MAX)
        )
        page = fill_page(found, limit, lambda function: function.enabled)
        return Page(self._live(account_id, page.items), page.next_after)

    def _one(self, account_id: str, function_id: str) -> Sequence[LiveFunction]:
        try:
            function = self.functions.get(account_id, function_id)
        except FunctionNotFoundError:
            return []
        return self._live(account_id, [function]) if function.enabled else []

    def _live(self, account_id: str, drafts: Sequence[Function]) -> Sequence[LiveFunction]:
        ids = [draft.id for draft in drafts]
        versions = live_versions(self.aliases, self.versions, account_id, ids)
        return [
            LiveFunction(draft, LATEST)
            if (version := versions.get(draft.id)) is None
            else LiveFunction(version.of(draft), LIVE)
            for draft in drafts
        ]


def live_versions(
    aliases: AliasRepository, versions: VersionRepository, account_id: str, ids: Sequence[str]
) -> Mapping[str, Version]:
    """Return what ``live`` points to, by the ids of those functions that have it.

    Of an alias that points to two versions it is the first.
    """
    found = aliases.of_name(account_id, LIVE, ids)
    return versions.of_numbers(
        account_id, {id_: alias.target.version for id_, alias in found.items()}
    )
