"""Repeat executions on the shadow of their alias, and add what differs to its report."""

from collections.abc import Callable
from dataclasses import dataclass

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.errors import AccountNotFoundError
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.functions.errors import (
    FunctionDisabledError,
    FunctionNotFoundError,
    QualifierNotFoundError,
)
from isolambda_core.domain.limits import REPLAY_WALL_TIME_MS
from isolambda_core.domain.replays.executions import Replayed
from isolambda_core.domain.replays.noise import NO_NOISE, Noise
from isolambda_core.domain.secrets.errors import UnusableSecretError
from isolambda_core.domain.shadows.shadowed import Shadowed
from isolambda_core.ports.accounts import AccountRepository
from isolambda_core.ports.functions import AliasRepository
from isolambda_core.ports.shadows import ShadowRepository
from isolambda_core.ports.store import Store
from isolambda_core.services.executions.execution import Resolved
from isolambda_core.services.executions.invocations import InvocationService
from isolambda_core.services.executions.records import RecordService
from isolambda_core.services.executions.without_records import without_records
from isolambda_core.services.replays.comparer import Comparer, Recorded

_TRIES = 8
"""As many processes may add to a report at a time, and some more."""


@dataclass(frozen=True, slots=True)
class ShadowRepeater:
    """Repeats executions as a replay does: nothing is reached; see :class:`Comparer`."""

    comparer: Comparer
    accounts: AccountRepository
    aliases: AliasRepository
    reports: ShadowRepository
    records: RecordService

    async def repeat(
        self, shadowed: Shadowed, dropped: int = 0, has_time: Callable[[], bool] = lambda: True
    ) -> None:
        """Repeat an execution, and count it with those that were ``dropped`` before it.

        It does nothing where the alias is another by now, or the account is disabled. ``has_time``
        is asked before each execution.

        Raises:
            OutOfTimeError: there is no time left.
            ExecutorBusyError: no worker came free in time.
            ExecutorUnavailableError: the executor could not be reached.
            StoreUnavailableError: the store does not answer.
        """
        alias, record = shadowed.alias, shadowed.record
        account = self._account(alias)
        if account is None:
            return
        try:
            old, new = (self._resolved(alias, account, on) for on in (record.version, None))
        except (FunctionNotFoundError, QualifierNotFoundError):
            return
        if not shadowed.is_recorded:
            self.records.save_for_shadow(record, shadowed.payload)
        recorded = Recorded(record, shadowed.payload, account.tenant, record.request_id)
        try:
            isolates = f"shadow of {alias.name}"  # no callers meet them
            replayed, noise = await self.comparer.compare(recorded, old, new, isolates, has_time)
        except (FunctionDisabledError, UnusableSecretError) as error:
            replayed, noise = Replayed(record.execution_id, str(error)), NO_NOISE
        self._add(alias, replayed, noise, dropped)

    def _account(self, alias: Alias) -> Account | None:
        """Return the account of an alias, None where its shadow is to repeat nothing any more."""
        try:
            account = self.accounts.get(alias.account_id)
        except AccountNotFoundError:
            return None
        return account if account.enabled and self._is_current(alias) else None

    def _is_current(self, alias: Alias) -> bool:
        try:
            return self.aliases.get(alias.account_id, alias.function_id, alias.name) == alias
        except QualifierNotFoundError:
            return False

    def _resolved(self, alias: Alias, account: Account, version: str | None) -> Resolved:
        """Return a version to execute, that of the shadow for None."""
        invocation = Invocation(
            alias.account_id,
            alias.function_id,
            b"",
            version or alias.shadow.qualifier,
            tenant=account.tenant,
        )
        executions = self.comparer.invocations.executions
        return without_records(executions.resolve(invocation), REPLAY_WALL_TIME_MS)

    def _add(self, alias: Alias, replayed: Replayed, noise: Noise, dropped: int) -> None:
        for _ in range(_TRIES):
            try:
                self.reports.save(alias, self.reports.get(alias).after(replayed, noise, dropped))
            except RevisionConflictError:
                if not self._is_current(alias):
                    return
            else:
                return


def open_repeater(store: Store, invocations: InvocationService) -> ShadowRepeater:
    """Return the service on a store; ``invocations`` have the executor that repeats."""
    return ShadowRepeater(
        Comparer(invocations),
        store.accounts,
        store.aliases,
        store.shadows,
        invocations.records,
    )
