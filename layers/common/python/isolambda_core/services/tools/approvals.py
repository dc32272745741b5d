"""Have a person decide on calls of tools: ask, list, approve, deny, and let one call pass."""

from collections.abc import Mapping
from dataclasses import dataclass

from isolambda_core.domain.errors import RevisionConflictError, StoreUnavailableError
from isolambda_core.domain.executions.errors import ApprovalNotFoundError
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.tools import Tool
from isolambda_core.domain.ids import is_id, new_execution_id
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.tools.approvals import Approval, ApprovalStatus, ask
from isolambda_core.domain.tools.errors import ApprovalDeniedError, ApprovalRequiredError
from isolambda_core.ports.approvals import ApprovalRepository
from isolambda_core.ports.clock import Clock
from isolambda_core.services.executions.execution import ExecutionService, Resolved
from isolambda_core.services.paging import Page, fill_page

_TRIES = 3
"""One fails where another call has used the approval, or a person has decided otherwise."""


@dataclass(frozen=True, slots=True)
class ApprovalService:
    """Manages the approvals of accounts. ``by`` is the id of the API key that decides."""

    approvals: ApprovalRepository
    executions: ExecutionService
    clock: Clock

    def admit(
        self,
        key_id: str,
        tool: Tool,
        arguments: Mapping[str, JsonValue],
        invocation: Invocation,
        resolved: Resolved,
    ) -> str:
        """Return the id of the one execution for which a call was approved.

        The approval is used by it, whatever comes of the execution.

        Raises:
            IsolambdaError: the call could not be executed if it were approved.
            CallLimitError: the arguments are more than a person is shown.
            ApprovalRequiredError: it waits for a decision, from now on or since it was asked for.
            ApprovalDeniedError: a person has denied it.
            QuotaExceededError: the tenant may have no more approvals.
        """
        now_ms = self.clock.now_ms()
        execution_id = new_execution_id(now_ms)
        self.executions.prepare(invocation, resolved, execution_id)
        asked = ask(invocation.account_id, key_id, tool, arguments, now_ms)
        for _ in range(_TRIES):
            approval = self.approvals.add(asked, now_ms // 1_000)
            if approval.status is ApprovalStatus.DENIED:
                raise ApprovalDeniedError(tool.name, approval.id)
            if approval.status is not ApprovalStatus.APPROVED:
                raise ApprovalRequiredError(tool.name, approval.id)
            try:
                self.approvals.replace(approval.used(execution_id), approval)
            except RevisionConflictError:
                continue
            return execution_id
        raise StoreUnavailableError

    def list(
        self, account_id: str, limit: int, after: str | None, *, descending: bool
    ) -> Page[Approval]:
        """Return a page of the approvals of an account, by the time of the calls.

        See :func:`fill_page`.
        """
        found = self.approvals.iterate(
            account_id, self.clock.now(), after, descending=descending, at_once=limit + 1
        )
        return fill_page(found, limit)

    def fetch(self, account_id: str, approval_id: str) -> Approval:
        """Return an approval.

        Raises:
            ApprovalNotFoundError: the account has none with this id, or it has expired.
        """
        if not is_id(approval_id):
            raise ApprovalNotFoundError(approval_id)
        return self.approvals.get(account_id, approval_id, self.clock.now())

    def approve(self, account_id: str, approval_id: str, by: str | None) -> Approval:
        """Let a call be executed once, and return the approval.

        Raises:
            ApprovalNotFoundError: the account has none with this id, or it has expired.
            ApprovalUsedError: the call was executed already.
            RevisionConflictError: another request decided meanwhile, or the call was executed.
        """
        return self._decide(account_id, approval_id, ApprovalStatus.APPROVED, by)

    def deny(self, account_id: str, approval_id: str, by: str | None) -> Approval:
        """Refuse a call, also one that was approved and is not used, and return the approval.

        Raises:
            IsolambdaError: as :meth:`approve`.
        """
        return self._decide(account_id, approval_id, ApprovalStatus.DENIED, by)

    def _decide(
        self, account_id: str, approval_id: str, status: ApprovalStatus, by: str | None
    ) -> Approval:
        current = self.fetch(account_id, approval_id)
        decided = current.decided(status, self.clock.now(), by)
        if current.status is status:
            return current
        self.approvals.replace(decided, current)
        return decided
