"""Execute a function that an account keeps: its draft, or a version of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import random

from isolambda_core.domain.aliases import is_name, share_of
from isolambda_core.domain.errors import (
    ContextTooLargeError,
    FunctionDisabledError,
    PayloadTooLargeError,
    QualifierNotFoundError,
)
from isolambda_core.domain.execution import ExecutionRequest, ExecutionResult, Origin
from isolambda_core.domain.functions import LATEST, Function
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.json_text import dump, dump_utf8
from isolambda_core.domain.limits import (
    AFFINITY_CHARACTERS,
    CONTEXT_BYTES,
    PAYLOAD_BYTES,
    WALL_TIME_MS_MAX,
)
from isolambda_core.domain.versions import number_of
from isolambda_core.ports import AliasRepository, Executor, FunctionRepository, VersionRepository

_UNSAID = Origin()


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a qualifier stands for: a version of a function, and the function as it was then.

    ``version`` is ``$LATEST`` or a number.
    """

    function: Function
    version: str
    qualifier: str


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution that ended: of which function, at its revision then, and of which version."""

    function: Function
    version: str
    result: ExecutionResult


@dataclass(frozen=True, slots=True)
class ExecutionService:
    """Decides what runs; the executor runs it.

    ``share`` is a share of 0 up to 1 for each execution through an alias, which decides between its
    two versions where the caller has no affinity key, or an empty one.
    """

    functions: FunctionRepository
    versions: VersionRepository
    aliases: AliasRepository
    executor: Executor
    share: Callable[[], float] = random

    def execute(
        self,
        account_id: str,
        function_id: str,
        payload: str,
        qualifier: str = LATEST,
        affinity: str | None = None,
        *,
        origin: Origin = _UNSAID,
    ) -> Execution:
        """Execute a function with ``payload`` (JSON text) as its ``call``; see :meth:`resolve`.

        Raises:
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such version or alias.
            FunctionDisabledError: the document says so.
            PayloadTooLargeError: the payload is over ``limits.PAYLOAD_BYTES``.
            ContextTooLargeError: what the origin says is over ``limits.CONTEXT_BYTES``.
            ExecutorBusyError: no worker came free in time.
            ExecutorUnavailableError: the executor could not be reached.
        """
        resolved = self.resolve(account_id, function_id, qualifier, affinity)
        return self.run(resolved, payload, origin=origin)

    def resolve(
        self, account_id: str, function_id: str, qualifier: str, affinity: str | None = None
    ) -> Resolved:
        """Return what is to be executed: the draft, a version by its number, or one by an alias.

        One read for the draft, one more for a version, two more through an alias. Where an alias
        points to two versions, one ``affinity`` key always gets the same one, and the first
        ``limits.AFFINITY_CHARACTERS`` of it count.

        Raises:
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such version or alias.
        """
        draft = self.functions.get(account_id, function_id)
        if qualifier == LATEST:
            return Resolved(draft, LATEST, qualifier)
        number = number_of(qualifier)
        if number is None:
            number = self._number_of_alias(draft, qualifier, affinity)
        version = self.versions.get(account_id, function_id, number)
        return Resolved(version.of(draft), version.label, qualifier)

    def run(
        self,
        resolved: Resolved,
        payload: str,
        wall_time_ms_max: int = WALL_TIME_MS_MAX,
        *,
        origin: Origin = _UNSAID,
    ) -> Execution:
        """Execute what was resolved already, for no longer than ``wall_time_ms_max``.

        Raises:
            FunctionDisabledError: the document says so.
            PayloadTooLargeError: the payload is over ``limits.PAYLOAD_BYTES``.
            ContextTooLargeError: what the origin says is over ``limits.CONTEXT_BYTES``.
            ExecutorBusyError: no worker came free in time.
            ExecutorUnavailableError: the executor could not be reached.
        """
        function = resolved.function
        if not function.enabled:
            raise FunctionDisabledError(function.id)
        used = len(payload.encode("utf-8", "surrogatepass"))
        if used > PAYLOAD_BYTES:
            raise PayloadTooLargeError(PAYLOAD_BYTES, used)
        own = function.limits
        execution_id = new_id()
        request = ExecutionRequest(
            execution_id=execution_id,
            account_id=function.account_id,
            function_id=function.id,
            version=resolved.version,
            source=function.source,
            input=payload,
            language_pack=function.language_pack,
            isolation=function.isolation,
            features=function.features,
            context=_context(execution_id, resolved, origin),
            limits=replace(own, wall_time_ms=min(own.wall_time_ms, wall_time_ms_max)),
        )
        return Execution(function, resolved.version, self.executor.execute(request))

    def _number_of_alias(self, draft: Function, name: str, affinity: str | None) -> int:
        if not is_name(name):
            raise QualifierNotFoundError(name)
        alias = self.aliases.get(draft.account_id, draft.id, name)
        if affinity:
            return alias.target.choose(share_of(alias, affinity[:AFFINITY_CHARACTERS]))
        return alias.target.choose(self.share())


def _context(execution_id: str, resolved: Resolved, origin: Origin) -> str:
    """Return the second argument of a function, as JSON text."""
    said = {"meta": origin.meta, "tokens": origin.tokens}
    used = len(dump_utf8(said))
    if used > CONTEXT_BYTES:
        raise ContextTooLargeError(CONTEXT_BYTES, used)
    function = resolved.function
    return dump(
        {
            "execution_id": execution_id,
            "function": {
                "id": function.id,
                "name": function.document["name"],
                "version": resolved.version,
            },
            "account_id": function.account_id,
            "qualifier": resolved.qualifier,
            **said,
            "trigger": origin.trigger,
        }
    )
