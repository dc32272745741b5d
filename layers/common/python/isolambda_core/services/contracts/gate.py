"""Move aliases; one that enforces a contract only where that is kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from isolambda_core.domain.contracts.comparison import breaks_between
from isolambda_core.domain.contracts.reports import SchemaBreak
from isolambda_core.domain.documents import Document, require_none
from isolambda_core.domain.errors import PreconditionFailedError, RevisionConflictError
from isolambda_core.domain.executions.execution import Origin
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.alias_documents import check_alias, check_shadow
from isolambda_core.domain.functions.aliases import NO_SHADOW, Alias, Contract, Shadow, Target
from isolambda_core.domain.functions.errors import ContractFailedError
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.revisions import Expectation, require
from isolambda_core.ports.blocking import Blocking
from isolambda_core.ports.functions import VersionRepository
from isolambda_core.services.contracts.runs import SavedCallRunner
from isolambda_core.services.functions.aliases import AliasService


@dataclass(frozen=True, slots=True)
class Mover:
    """Who moves an alias of which function: ``by`` is the id of an API key.

    ``reason`` is why the contract does not matter; None where it does. ``hops`` are as in
    ``Origin``.
    """

    account_id: str
    function_id: str
    tenant: str
    request_id: str
    by: str
    reason: str | None = None
    hops: int = 0


@dataclass(frozen=True, slots=True)
class AliasGate:
    """Makes and moves aliases as ``AliasService``, after a check of contracts that are enforced.

    The check executes all saved calls on each version that the alias is to stand for, and compares
    the schemas of that with those of the version that it stands for now. The alias is written only
    while it and the saved calls are as they were then.
    """

    aliases: AliasService
    versions: VersionRepository
    runner: SavedCallRunner
    blocking: Blocking

    async def create(
        self,
        mover: Mover,
        name: str,
        target: Target,
        description: str,
        contract: Contract | None,
        shadow: Shadow = NO_SHADOW,
    ) -> Alias:
        """Store a new alias; see ``AliasService.create``.

        Raises:
            ContractFailedError: it enforces a contract, and that is broken.
            IsolambdaError: as ``AliasService.create`` and ``SavedCallRunner.run``.
        """
        enforced = contract is Contract.ENFORCED
        require_none(check_alias(name, target, description))
        require_none(check_shadow(shadow))
        saved_calls = await self._checked(mover, target, None) if enforced else None

        def create() -> Alias:
            return self.aliases.create(
                mover.account_id,
                mover.function_id,
                name,
                target,
                description,
                contract or Contract.OFF,
                shadow,
                by=mover.by,
                reason=mover.reason if enforced else None,
                saved_calls=saved_calls,
            )

        return await self.blocking(create)

    async def change(
        self,
        mover: Mover,
        name: str,
        target: Target,
        description: str,
        contract: Contract | None,
        expected: Expectation | None = None,
        shadow: Shadow | None = None,
    ) -> Alias:
        """Point an alias elsewhere; see ``AliasService.change``.

        It is checked where it enforces a contract, or begins to; and where it moves while it stops.

        Raises:
            ContractFailedError: the contract is broken.
            IsolambdaError: as ``AliasService.change`` and ``SavedCallRunner.run``.
        """
        require_none(check_alias(name, target, description))
        require_none(check_shadow(shadow or NO_SHADOW))
        current = await self._read(mover, name, expected)
        after = contract or current.contract
        moves = target != current.target
        is_due = (after is Contract.ENFORCED and (moves or after is not current.contract)) or (
            moves and current.contract is Contract.ENFORCED
        )

        def change(saved_calls: int | None) -> Alias:
            return self.aliases.change(
                mover.account_id,
                mover.function_id,
                name,
                target,
                description,
                mover.by,
                _just(current),
                contract=after,
                shadow=shadow,
                reason=mover.reason if is_due else None,
                saved_calls=saved_calls,
            )

        return await self._written(mover, current, target, change, is_due=is_due)

    async def rollback(self, mover: Mover, name: str, expected: Expectation | None = None) -> Alias:
        """Point an alias to where it pointed before; see ``AliasService.rollback``.

        Raises:
            ContractFailedError: it enforces a contract, and that is broken.
            IsolambdaError: as ``AliasService.rollback`` and ``SavedCallRunner.run``.
        """
        current = await self._read(mover, name, expected)
        is_due = current.contract is Contract.ENFORCED and current.previous is not None

        def roll_back(saved_calls: int | None) -> Alias:
            return self.aliases.rollback(
                mover.account_id,
                mover.function_id,
                name,
                mover.by,
                _just(current),
                reason=mover.reason if is_due else None,
                saved_calls=saved_calls,
            )

        target = current.previous or current.target
        return await self._written(mover, current, target, roll_back, is_due=is_due)

    async def _read(self, mover: Mover, name: str, expected: Expectation | None) -> Alias:
        current = await self.blocking(self.aliases.fetch, mover.account_id, mover.function_id, name)
        require(expected, current.etag)
        return current

    async def _written(
        self,
        mover: Mover,
        current: Alias,
        target: Target,
        write: Callable[[int | None], Alias],
        *,
        is_due: bool,
    ) -> Alias:
        saved_calls = await self._checked(mover, target, current.target) if is_due else None
        try:
            return await self.blocking(write, saved_calls)
        except PreconditionFailedError as error:  # it was moved meanwhile
            raise RevisionConflictError from error

    async def _checked(self, mover: Mover, target: Target, left: Target | None) -> int | None:
        """Return how many changes the saved calls have had that passed; None if it is forced."""
        if mover.reason is not None:
            return None
        breaks = await self.blocking(self._breaks, mover, target, left)
        failed, changes = [], set()
        until_ms = self.runner.until_ms()  # for both versions: callers wait no longer than for one
        for number in sorted(target.versions):
            report = await self.runner.run(
                Invocation(
                    mover.account_id,
                    mover.function_id,
                    b"",
                    str(number),
                    origin=Origin("kazoo", mover.request_id, hops=mover.hops),
                    tenant=mover.tenant,
                ),
                until_ms,
            )
            failed += [{**call.document, "version": call.version} for call in report.failed]
            changes.add(report.changes)
        if failed or breaks:
            raise ContractFailedError(failed, [each.document for each in breaks])
        if len(changes) > 1:
            raise RevisionConflictError
        return changes.pop()

    def _breaks(self, mover: Mover, target: Target, left: Target | None) -> list[SchemaBreak]:
        of = (mover.account_id, mover.function_id)
        versions = [self.versions.get(*of, number) for number in sorted(target.versions)]
        if left is None:
            return []
        before = self.versions.get(*of, left.version)
        return [each for version in versions for each in _breaks_of(before, version)]


def _breaks_of(before: Version, after: Version) -> Iterator[SchemaBreak]:
    """Yield what callers of the one version may send, or get, that the other does not allow."""
    if before.number == after.number:
        return
    sent, got = (_schemas(before, after, key) for key in ("input_schema", "result_schema"))
    for of, found in (
        ("input", breaks_between(*sent)),
        ("result", breaks_between(*reversed(got))),
    ):
        for each in found:
            yield SchemaBreak(of, after.label, before.label, each)


def _schemas(before: Version, after: Version, key: str) -> tuple[Document | None, ...]:
    return tuple(cast("Document | None", each.document.get(key)) for each in (before, after))


def _just(current: Alias) -> Expectation:
    return lambda etag: etag == current.etag
