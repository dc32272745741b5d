"""Manage accounts: create, fetch, change, list, remove."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from isolambda_core.domain import limits
from isolambda_core.domain.accounts.accounts import (
    Account,
    ceilings_of,
    limits_of,
    quotas_of,
    require_no_more,
    validated_account,
)
from isolambda_core.domain.accounts.errors import (
    AccountHasChildrenError,
    ForbiddenError,
)
from isolambda_core.domain.accounts.quotas import OF_ACCOUNTS, Quota, QuotaUsage
from isolambda_core.domain.documents import Document, merge, require_none
from isolambda_core.domain.executions.callbacks import check_callback
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.revisions import Expectation, require
from isolambda_core.ports.accounts import (
    AccountRepository,
    InstallationSecret,
    UsageRepository,
)
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.functions import TriggersOfFunctions
from isolambda_core.ports.store import Store
from isolambda_core.services.accounts.api_keys import KeyService
from isolambda_core.services.functions.functions import FunctionService
from isolambda_core.services.paging import (
    Page,
    fill_page,
)

if TYPE_CHECKING:
    from isolambda_core.ports.approvals import ApprovalRepository
    from isolambda_core.ports.budgets import BudgetRepository
    from isolambda_core.ports.key_values import KeyValueRepository
    from isolambda_core.ports.schemas import SchemaChecker
    from isolambda_core.ports.secrets import SecretRepository
    from isolambda_core.services.accounts.budget_usage import Unused

_SET_ABOVE = ("quotas", "net", "budget", "budget_callback")
"""What an account above, or an operator, sets."""
_BY_OPERATORS = "http_hosts"
"""What an operator alone sets: a host is of one account of the whole installation."""
_ONLY_OPERATORS = "only an operator sets http_hosts"


@dataclass(frozen=True, slots=True)
class AccountService:
    """Manages accounts; ``AccessService`` authorizes the callers.

    With ``private_callbacks`` callbacks of budgets may go anywhere.
    """

    accounts: AccountRepository
    functions: FunctionService
    api_keys: KeyService
    secrets: "SecretRepository"
    usages: UsageRepository
    key_values: "KeyValueRepository"
    approvals: "ApprovalRepository"
    meters: "BudgetRepository"
    clock: Clock
    private_callbacks: bool = True

    def create_top(self, name: str) -> tuple[Account, str]:
        """Store a new account at the top of a tree, and return it with its own API key.

        Raises:
            InvalidDocumentError: the name breaks a rule.
        """
        account = self._add({"name": name}, ())
        return account, self.api_keys.create_own(account.id)

    def create(self, parent: Account, document: Document) -> Account:
        """Store a new account below another, under a fresh id.

        It gets an API key of its own, as Kazoo's do; if that fails the account stays without one,
        until its key is changed.

        Raises:
            ForbiddenError: it would have ``http_hosts``, or there would be more than
                ``limits.ACCOUNT_DEPTH`` below each other.
            InvalidDocumentError: the document breaks a rule or a limit, or has higher quotas than
                hold for the parent.
            AccountNotFoundError: the parent was removed in between.
            QuotaExceededError: the tenant may have no more accounts.
        """
        if _BY_OPERATORS in document:
            raise ForbiddenError(_ONLY_OPERATORS)
        ancestor_ids = (*parent.ancestor_ids, parent.id)
        if len(ancestor_ids) >= limits.ACCOUNT_DEPTH:
            raise ForbiddenError(f"at most {limits.ACCOUNT_DEPTH} accounts can be below each other")
        require_no_more(validated_account(document), self._limits_of(parent))
        self._require_callback({}, document)
        account = self._add(document, ancestor_ids)
        self.api_keys.create_own(account.id)
        return account

    def fetch(self, account_id: str) -> Account:
        """Return an account.

        Raises:
            AccountNotFoundError: there is none with this id.
        """
        return self.accounts.get(account_id)

    def usage(self, account: Account) -> Mapping[Quota, QuotaUsage]:
        """Return what an account may have, and has with all below it, of each quota."""
        used, limits = self.usages.used(account.id, self.clock.now()), self._limits_of(account)
        return {quota: QuotaUsage(limits[quota], used[quota]) for quota in OF_ACCOUNTS}

    def budget_usage(self, account: Account, unused: "Unused" = lambda *_: 0) -> Document:
        """Return what is used of the budget of an account, empty where it has none.

        ``unused`` is what this process took of it and has not used yet.
        """
        # Few accounts have a budget, and a cold start does without what shows it.
        from isolambda_core.services.accounts.budget_usage import usage_of  # noqa: PLC0415

        if account.budget is None:
            return {}
        return usage_of(account.budget, self.meters, self.usages, self.clock.now(), unused)

    def ceilings(self, account: Account) -> tuple[tuple[str, ...], ...]:
        """Return the lists of host patterns that hold for an account, its own and those above."""
        return ceilings_of([account, *self._above(account)])

    def children(
        self, account_id: str | None, limit: int, after: str | None, *, descending: bool
    ) -> Page[Account]:
        """Return a page of the accounts right below another, or at the top for None, by their ids.

        At most ``limit`` of them (1 or more); ``after`` need not exist any more.
        """
        found = self.accounts.children(account_id, after, descending=descending, at_once=limit + 1)
        return fill_page(found, limit)

    def change(
        self,
        account_id: str,
        document: Document,
        expected: Expectation | None = None,
        *,
        by: str | None = None,
    ) -> Account:
        """Replace an account's whole document.

        ``by`` is the account that does it, None for an operator. An account cannot change its own
        quotas, ``net`` or budget, and none but an operator ``http_hosts``: where they are left out,
        they stay.

        Raises:
            ForbiddenError: the account would change its own quotas, ``net`` or budget, or it is no
                operator who would change ``http_hosts``.
            InvalidDocumentError: the document breaks a rule or a limit, or has higher quotas than
                hold above the account.
            AccountNotFoundError: there is none with this id.
            PreconditionFailedError: its revision is not the expected one.
            RevisionConflictError: another request wrote meanwhile.
        """
        validated = validated_account(document)
        return self._change(account_id, lambda _: validated, expected, by)

    def patch(
        self,
        account_id: str,
        patch: Document,
        expected: Expectation | None = None,
        *,
        by: str | None = None,
    ) -> Account:
        """Merge a patch into an account's document; ``null`` removes a key.

        ``by`` is as for :meth:`change`.

        Raises:
            ForbiddenError: the account would change its own quotas, ``net`` or budget, or it is no
                operator who would change ``http_hosts``.
            AccountNotFoundError: there is none with this id.
            InvalidDocumentError: the merged document breaks a rule or a limit, or has higher quotas
                than hold above the account.
            PreconditionFailedError: its revision is not the expected one.
            RevisionConflictError: another request wrote meanwhile.
        """
        return self._change(
            account_id, lambda current: validated_account(merge(current, patch)), expected, by
        )

    def remove(self, account: Account) -> None:
        """Remove an account for good: keys first, then what it has, then itself.

        The account is removed last, so that a client can repeat a request that was cut off. Its
        keys are removed first, so that no client adds functions meanwhile.

        Raises:
            AccountHasChildrenError: there are accounts below it. Nothing was removed, unless one
                was made below it at this very moment.
            RevisionConflictError: another request changed or removed it meanwhile.
        """
        if any(self.accounts.children(account.id, at_once=1)):
            raise AccountHasChildrenError
        self.api_keys.remove_all(account.id)
        self.functions.remove_all(account.id)
        self.key_values.remove_all(account.id)
        self.secrets.remove_all_of_account(account.id)
        self.approvals.remove_all(account.id)
        self.accounts.remove(account)

    def _add(self, document: Document, ancestor_ids: tuple[str, ...]) -> Account:
        now = self.clock.now()
        account = Account(
            new_id(), validated_account(document), now, now, ancestor_ids=ancestor_ids
        )
        self.accounts.add(account)
        return account

    def _change(
        self,
        account_id: str,
        edit: Callable[[Document], Document],
        expected: Expectation | None,
        by: str | None,
    ) -> Account:
        current = self.accounts.get(account_id)
        document = edit(current.document)
        require(expected, current.etag)
        if by is not None:
            document = _with_hosts_of(current, document)
        if by == account_id:
            document = _with_ceilings_of(current, document)
        self._require_callback(current.document, document)
        if quotas_of(document) != current.quotas:
            above = self._above(current)
            require_no_more(document, limits_of(above))
        changed = current.changed(document, self.clock.now())
        self.accounts.replace(changed, current)
        return changed

    def _require_callback(self, before: Document, document: Document) -> None:
        url = document.get("budget_callback")
        if url is not None and url != before.get("budget_callback"):
            found = check_callback(str(url), private=self.private_callbacks)
            require_none(replace(each, path=("budget_callback",)) for each in found)

    def _above(self, account: Account) -> Sequence[Account]:
        return [self.accounts.get(account_id) for account_id in account.ancestor_ids]

    def _limits_of(self, account: Account) -> Mapping[Quota, int]:
        return limits_of([account, *self._above(account)])


def _with_hosts_of(current: Account, document: Document) -> Document:
    """Return a document with the ``http_hosts`` that its account has.

    Raises:
        ForbiddenError: it has others.
    """
    own = {key: current.document[key] for key in (_BY_OPERATORS,) if key in current.document}
    if _BY_OPERATORS in document and document[_BY_OPERATORS] != own.get(_BY_OPERATORS):
        raise ForbiddenError(_ONLY_OPERATORS)
    return {**document, **own}


def _with_ceilings_of(current: Account, document: Document) -> Document:
    """Return a document with the quotas and the ``net`` that its account has.

    Raises:
        ForbiddenError: it has others.
    """
    own = {key: value for key, value in current.document.items() if key in _SET_ABOVE}
    # A custom key of before it had a meaning may go.
    if current.net is None:
        own.pop("net", None)
    if current.budget is None:
        own.pop("budget", None)
        own.pop("budget_callback", None)
    for key in _SET_ABOVE:
        if key in document and document[key] != own.get(key):
            raise ForbiddenError(f"an account cannot change its own {key}")
    return {**document, **own}


def open_accounts(
    store: Store,
    secret: InstallationSecret,
    schemas: "SchemaChecker",
    clock: Clock,
    triggers: TriggersOfFunctions,
) -> AccountService:
    """Return the service on a store; ``triggers`` removes the triggers of removed functions."""
    below = (store.secrets, store.dependents)
    functions = FunctionService(store.functions, triggers, *below, schemas, clock)
    api_keys = KeyService(store.api_keys, secret, clock)
    return AccountService(
        store.accounts,
        functions,
        api_keys,
        store.secrets,
        store.usage,
        store.key_values,
        store.approvals,
        store.budgets,
        clock,
    )
