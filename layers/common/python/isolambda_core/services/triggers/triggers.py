"""Bind functions to event sources: create, fetch, list, change, remove.

Each change sends a message first, which reconciles the trigger if the change is cut off (see
``reconciler``). A source is bound before the table says so: what the table says is never less than
what was promised to a client.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import cast

from isolambda_core.domain.documents import Document, merge
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    IsolambdaError,
    RevisionConflictError,
    StoreUnavailableError,
    Violation,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.http_hosts import is_one_of
from isolambda_core.domain.ids import is_id, new_id
from isolambda_core.domain.limits import TRIGGERS
from isolambda_core.domain.revisions import Expectation, require
from isolambda_core.domain.triggers.documents import (
    require_same_source,
    validated_trigger,
)
from isolambda_core.domain.triggers.errors import (
    SourceInUseError,
    TooManyTriggersError,
    TriggerNotFoundError,
)
from isolambda_core.domain.triggers.triggers import (
    RULES,
    Trigger,
    TriggerType,
    derived_secret,
)
from isolambda_core.ports.accounts import AccountRepository, InstallationSecret
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.functions import FunctionRepository
from isolambda_core.ports.store import Store
from isolambda_core.ports.triggers import (
    EventSources,
    TriggerRepository,
)
from isolambda_core.services.optimistic_locking import write_latest
from isolambda_core.services.triggers.reconciler import TriggerReconciler

_SECRET = "secret"  # noqa: S105 - the key of a document
_WEBHOOK = TriggerType.WEBHOOK

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TriggerService:
    """Manages the triggers of a function.

    Where a source cannot be reached, creating or changing a trigger raises
    ``SourcesUnavailableError``, and the trigger stays as it was.
    """

    accounts: AccountRepository
    functions: FunctionRepository
    triggers: TriggerRepository
    sources: EventSources
    reconciler: TriggerReconciler
    secret: InstallationSecret
    clock: Clock

    def create(self, account_id: str, function_id: str, document: Document) -> Trigger:
        """Bind a new trigger, and store it at revision 1.

        ``secret`` in the document is kept apart, and never shown.

        Raises:
            InvalidDocumentError: the document breaks a rule, or names a source that cannot be used.
            FunctionNotFoundError: the account has no such function.
            TooManyTriggersError: the function has ``limits.TRIGGERS`` already.
            SourceInUseError: another trigger has the queue, stream, topic, path or host.
            QuotaExceededError: the tenant may have no more triggers, or none of this type.
        """
        validated, secret = _accept(document, None)
        if len(self.list(account_id, function_id)) >= TRIGGERS:
            raise TooManyTriggersError(TRIGGERS)
        now, trigger_id = self.clock.now(), new_id()
        trigger = Trigger(account_id, function_id, trigger_id, validated, now, now, secret=secret)
        if RULES[trigger.type].makes_source and trigger.source is None:
            trigger = replace(trigger, own_queue_arn=self.sources.own_queue_arn(trigger_id))
        self._require_host(trigger)
        self._require_free(trigger)
        self.reconciler.schedule_reconcile(trigger.ref)
        try:
            self.sources.bind(trigger)
            self.triggers.add(trigger)
        except IsolambdaError:
            self.reconciler.reconcile_now(trigger.ref)
            raise
        self._require_room(trigger)
        return trigger

    def fetch(self, account_id: str, function_id: str, trigger_id: str) -> Trigger:
        """Return a trigger.

        Raises:
            FunctionNotFoundError: the account has no such function.
            TriggerNotFoundError: the function has no such trigger.
        """
        return self.fetch_of(self.functions.get(account_id, function_id), trigger_id)

    def fetch_of(self, function: Function, trigger_id: str) -> Trigger:
        """Return a trigger of a function that the caller has read.

        Raises:
            TriggerNotFoundError: the function has no such trigger.
        """
        if not is_id(trigger_id):  # so no store is ever asked for a key that it may not take
            raise TriggerNotFoundError(trigger_id)
        return self.triggers.get(function.account_id, function.id, trigger_id)

    def list(self, account_id: str, function_id: str) -> Sequence[Trigger]:
        """Return all triggers of a function, in the order of their ids.

        Raises:
            FunctionNotFoundError: the account has no such function.
        """
        self.functions.get(account_id, function_id)
        return self.triggers.of_function(account_id, function_id)

    def change(
        self,
        account_id: str,
        function_id: str,
        trigger_id: str,
        document: Document,
        expected: Expectation | None = None,
    ) -> Trigger:
        """Replace a trigger's document, and bind it again; without a secret the old one stays.

        Raises:
            InvalidDocumentError: the document breaks a rule, or names another source or type.
            FunctionNotFoundError: the account has no such function.
            TriggerNotFoundError: the function has no such trigger.
            PreconditionFailedError: its revision is not the expected one.
            RevisionConflictError: another request wrote meanwhile.
        """
        return self._change(account_id, function_id, trigger_id, lambda _: document, expected)

    def patch(
        self,
        account_id: str,
        function_id: str,
        trigger_id: str,
        patch: Document,
        expected: Expectation | None = None,
    ) -> Trigger:
        """Merge a patch into a trigger's document, and bind it again; ``null`` removes a key.

        Raises:
            IsolambdaError: as :meth:`change`, of the merged document.
        """
        forget = patch.get(_SECRET, "") is None
        return self._change(
            account_id,
            function_id,
            trigger_id,
            lambda current: merge(current, patch),
            expected,
            forget_secret=forget,
        )

    def remove(
        self,
        account_id: str,
        function_id: str,
        trigger_id: str,
        expected: Expectation | None = None,
    ) -> Trigger:
        """Remove a trigger, and return it; if its source does not answer, it is unbound later.

        Raises:
            FunctionNotFoundError: the account has no such function.
            TriggerNotFoundError: the function has no such trigger.
            PreconditionFailedError: its revision is not the expected one.
            RevisionConflictError: another request wrote meanwhile.
        """
        current = self.fetch(account_id, function_id, trigger_id)
        require(expected, current.etag)
        self._remove(current)
        return current

    def announce_all(self, account_id: str, function_id: str) -> None:
        """Queue every trigger of a function, to be reconciled after the function is removed."""
        for trigger in self.triggers.of_function(account_id, function_id):
            self.reconciler.schedule_reconcile(trigger.ref)

    def remove_all(self, account_id: str, function_id: str) -> None:
        """Remove every trigger of a function.

        Raises:
            RevisionConflictError: other requests keep changing one of them.
        """
        for trigger in self.triggers.of_function(account_id, function_id):
            self._remove_whatever(trigger)

    def disable(self, trigger: Trigger, reason: str) -> bool:
        """Disable a trigger for a reason, and return False if another request wrote first."""
        self.reconciler.schedule_reconcile(trigger.ref)
        disabled = trigger.disabled(reason, self.clock.now())
        try:
            self.triggers.replace(disabled, trigger)
        except RevisionConflictError:
            return False
        self.reconciler.reconcile_now(trigger.ref)
        # Without the reason, which may be in the function's own words.
        line = {"trigger_id": trigger.id, "function_id": trigger.function_id}
        _log.warning("trigger %(trigger_id)s disabled", line, extra=line)
        return True

    def webhook_secret(self, trigger: Trigger) -> str:
        """Return the secret that signs requests to a trigger: its owner's, or a derived one.

        Raises:
            StoreUnavailableError: the installation's secret cannot be read now.
        """
        return trigger.secret or derived_secret(self.secret.read(), trigger.ref)

    def _change(
        self,
        account_id: str,
        function_id: str,
        trigger_id: str,
        edit: Callable[[Document], Document],
        expected: Expectation | None,
        *,
        forget_secret: bool = False,
    ) -> Trigger:
        current = self.fetch(account_id, function_id, trigger_id)
        kept = None if forget_secret else current.secret
        validated, secret = _accept(edit(current.document), kept)
        require_same_source(current.document, validated)
        require(expected, current.etag)
        changed = current.changed(validated, secret, self.clock.now())
        self.reconciler.schedule_reconcile(current.ref)
        try:
            self.sources.bind(changed)
            self.triggers.replace(changed, current)
        except IsolambdaError:
            self.reconciler.reconcile_now(current.ref)
            raise
        return changed

    def _remove(self, trigger: Trigger) -> None:
        self.reconciler.schedule_reconcile(trigger.ref)
        self.triggers.remove(trigger)
        self.reconciler.reconcile_now(trigger.ref)

    def _remove_whatever(self, trigger: Trigger) -> None:
        """Remove a trigger at any revision, unless it is gone."""
        with suppress(TriggerNotFoundError):
            write_latest(
                trigger,
                self._remove,
                lambda: self.triggers.get(trigger.account_id, trigger.function_id, trigger.id),
            )

    def _require_host(self, trigger: Trigger) -> None:
        """Refuse a host that no operator allows the account; whether another has it stays secret.

        Raises:
            InvalidDocumentError: it names such a host.
        """
        host = trigger.host
        if host is None or is_one_of(host, self.accounts.get(trigger.account_id).http_hosts):
            return
        message = "An operator has to allow it: it is none of the `http_hosts` of the account"
        raise InvalidDocumentError([Violation(("host",), "error", None, host, message)])

    def _require_free(self, trigger: Trigger) -> None:
        """Refuse a trigger whose source another trigger has; to bind it would move the source."""
        if trigger.source is not None:
            with suppress(TriggerNotFoundError):
                self.triggers.of_source(trigger.source)
                raise SourceInUseError(trigger.source)

    def _require_room(self, trigger: Trigger) -> None:
        """Remove a trigger again if simultaneous requests have made too many."""
        try:
            found = self.triggers.of_function(trigger.account_id, trigger.function_id)
        except StoreUnavailableError:
            return  # the trigger is bound and stored; it may stay, since the count is unknown
        if len(found) > TRIGGERS:
            self._remove(trigger)
            raise TooManyTriggersError(TRIGGERS)


def _accept(document: Document, kept: str | None) -> tuple[Document, str | None]:
    """Return a document as it will be stored, and its secret, or else the one ``kept``.

    A kept one is checked, too: it may be none for another signature.
    """
    given = {key: value for key, value in document.items() if key.lower() == _SECRET}
    validated = validated_trigger({key: document[key] for key in document if key not in given})
    violations: list[Violation] = []
    rules = RULES[TriggerType(cast("str", validated["type"]))]
    check_secret = rules.check_secret
    if check_secret is None or not rules.takes_secret(validated):
        kept = None
        message = f"Only a trigger that checks signatures has a secret, such as a {_WEBHOOK}"
        violations = [Violation((key,), "error", None, None, message) for key in given]
    elif given.keys() - {_SECRET}:
        message = f"The key is called {_SECRET}"
        violations = [Violation((key,), "error", None, None, message) for key in given]
    elif given or kept is not None:
        kept = cast("str", given.get(_SECRET, kept))
        violations = list(check_secret(validated, kept))
    if violations:
        raise InvalidDocumentError(violations)
    return validated, kept


def open_triggers(
    store: Store,
    sources: EventSources,
    reconciler: TriggerReconciler,
    secret: InstallationSecret,
    clock: Clock,
) -> TriggerService:
    """Return the service on a store; ``reconciler`` is on the same store and sources."""
    return TriggerService(
        store.accounts, store.functions, store.triggers, sources, reconciler, secret, clock
    )
