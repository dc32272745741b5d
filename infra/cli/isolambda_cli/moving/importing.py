"""Write an export into an installation.

Each resource is written at once or not at all, in an order in which none needs a later one. So an
import that is cut off is taken up by the next: it finds the same what was written.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial

from isolambda_cli.admin.targets import Target
from isolambda_cli.moving.plan import State, Step, found_or_none, is_same, next_revision
from isolambda_cli.moving.reading import Export, ExportedFunction, ExportedTrigger
from isolambda_cli.moving.secrets import Resealer
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.contracts.saved_calls import SavedCall
from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.late import late
from isolambda_core.domain.limits import ALIASES, SECRETS, TRIGGERS
from isolambda_core.domain.secrets.secrets import Place, Secret
from isolambda_core.domain.triggers.triggers import RULES, Trigger, named_source
from isolambda_core.ports.executions import Executor
from isolambda_core.ports.store import Store
from isolambda_core.services.accounts.tenants import Tenants
from isolambda_core.services.functions.source_checks import SourceCheckService

_NO_SECRET = "its secret is not in the export, or stays sealed: give it again"  # noqa: S105
_NO_VALUE = "its value is not in the export, or stays sealed: put it"


@dataclass(frozen=True, slots=True)
class Importer:
    """Compares an export with an installation, and writes it.

    ``checks`` compile modules, which an export does not have compiled: what runs is what its files
    say.
    """

    export: Export
    target: Target
    store: Store
    checks: SourceCheckService
    resealer: Resealer | None

    def steps(self) -> Iterator[Step]:
        """Yield the steps of the import, in their order; one that is taken is seen by later ones.

        Raises:
            ExportError: a file is not as it was checked.
            BundleError: a file cannot be read.
            StoreUnavailableError: the store does not answer.
        """
        accounts = self.export.accounts()
        ids = {account.id: account for account in accounts}
        for account in accounts:
            yield self._account(account, ids)
            yield from self._secrets(Place(account.id))
            deleted: frozenset[str] | None = None
            for function_id in self.export.function_ids(account.id):
                exported = self.export.function(account.id, function_id)
                there = self._function_there(exported.function)
                if there is None and deleted is None:
                    deleted = frozenset(self.store.functions.ids(account.id))
                is_deleted = there is None and function_id in (deleted or ())
                yield self._function(exported.function, there, is_deleted=is_deleted)
                yield from self._below(exported)

    def _below(self, exported: ExportedFunction) -> Iterator[Step]:
        function, store = exported.function, self.store
        key = (function.account_id, function.id)
        for number in exported.numbers:
            yield self._version(function, self.export.version(*key, number))
        if exported.last_number > store.versions.last_number(*key):
            yield self._last_number(exported)
        aliases = {alias.name for alias in store.aliases.of_function(*key)}
        for alias in exported.aliases:
            aliases.add(alias.name)
            yield self._alias(alias, is_full=len(aliases) > ALIASES)
        for call in exported.calls:
            yield self._call(call)
        triggers = {trigger.id for trigger in store.triggers.of_function(*key)}
        for each in exported.triggers:
            triggers.add(each.trigger.id)
            yield self._trigger(each, is_full=len(triggers) > TRIGGERS)
        yield from self._secrets(Place(*key))

    def _account(self, account: Account, exported: dict[str, Account]) -> Step:
        of = partial(Step, "account", account.id, account.name)
        there = found_or_none(lambda: self.store.accounts.get(account.id))
        if there is None:
            parent_id = account.parent_id
            parent = exported.get(parent_id or "") or found_or_none(
                lambda: self.store.accounts.get(str(parent_id))
            )
            if parent_id is not None and parent is None:
                return of(State.REFUSED, f"the account above it, {parent_id}, is not there")
            if parent is not None and (*parent.ancestor_ids, parent.id) != account.ancestor_ids:
                return of(State.REFUSED, "is below other accounts than the one above it")
            return of(State.NEW, apply=_then(lambda: self.store.accounts.add(account)))
        if there.ancestor_ids != account.ancestor_ids:
            return of(State.REFUSED, "is below other accounts there")
        if is_same(there, account, "revision", "created_at"):
            return of(State.SAME)
        changed = next_revision(account, there)
        return of(
            State.REPLACED,
            apply=_then(lambda: self.store.accounts.replace(changed, there)),
        )

    def _function_there(self, function: Function) -> Function | None:
        return found_or_none(lambda: self.store.functions.get(function.account_id, function.id))

    def _function(self, function: Function, there: Function | None, *, is_deleted: bool) -> Step:
        of = partial(Step, "function", function.account_id, f"{function.id} {_name_of(function)}")
        functions = self.store.functions
        if is_deleted:
            return of(State.REFUSED, "was deleted there, and its id is not free")
        if there is None:
            return of(
                State.NEW, apply=_then(lambda: functions.add(self.checks.compiled(function)[0]))
            )
        if is_same(there, function, "revision", "compiled", "breakers"):
            return of(State.SAME)
        changed = next_revision(function, there)
        return of(
            State.REPLACED,
            apply=_then(lambda: functions.replace(self.checks.compiled(changed)[0], there)),
        )

    def _version(self, function: Function, version: Version) -> Step:
        name = f"{function.id} {version.number}"
        of = partial(Step, "version", version.account_id, name)
        versions = self.store.versions
        key = (version.account_id, version.function_id)
        there = found_or_none(lambda: versions.get(*key, version.number))
        if there is None:
            if version.number <= versions.last_number(*key):
                return of(State.REFUSED, "is not there, and its number is not given again")

            def add() -> None:
                whole, _ = self.checks.compiled(version.of(function))
                versions.add(replace(version, compiled=whole.compiled))

            return of(State.NEW, apply=_then(add))
        if is_same(there, version, "compiled"):
            return of(State.SAME)
        return of(State.REFUSED, "is another one there, and a version never changes")

    def _last_number(self, exported: ExportedFunction) -> Step:
        function, number = exported.function, exported.last_number
        key = (function.account_id, function.id)
        return Step(
            "last version",
            function.account_id,
            f"{function.id} {number}",
            State.NEW,
            apply=_then(lambda: self.store.versions.retire(*key, number)),
        )

    def _alias(self, alias: Alias, *, is_full: bool) -> Step:
        of = partial(Step, "alias", alias.account_id, f"{alias.function_id} {alias.name}")
        aliases = self.store.aliases
        key = (alias.account_id, alias.function_id, alias.name)
        there = found_or_none(lambda: aliases.get(*key))
        if there is None:
            if is_full:
                return of(State.REFUSED, f"a function has at most {ALIASES} aliases")
            return of(State.NEW, apply=_then(lambda: aliases.add(alias)))
        if is_same(there, alias, "revision"):
            return of(State.SAME)
        changed = next_revision(alias, there)
        return of(State.REPLACED, apply=_then(lambda: aliases.replace(changed, there)))

    def _call(self, call: SavedCall) -> Step:
        of = partial(Step, "saved call", call.account_id, f"{call.function_id} {call.name}")
        calls = self.store.saved_calls
        key = (call.account_id, call.function_id, call.name)
        there = found_or_none(lambda: calls.get(*key))
        if there is None:
            return of(State.NEW, apply=_then(lambda: calls.add(call)))
        if is_same(there, call, "revision"):
            return of(State.SAME)
        changed = next_revision(call, there)
        return of(State.REPLACED, apply=_then(lambda: calls.replace(changed, there)))

    def _trigger(self, exported: ExportedTrigger, *, is_full: bool) -> Step:
        trigger = self._with_secret(exported)
        name = f"{trigger.function_id} {trigger.id}"
        of = partial(Step, "trigger", trigger.account_id, name)
        triggers = self.store.triggers
        key = (trigger.account_id, trigger.function_id, trigger.id)
        there = found_or_none(lambda: triggers.get(*key))
        if there is None:
            why = self._refuses(trigger, is_full=is_full)
            if why:
                return of(State.REFUSED, why)
            is_open = exported.has_secret and trigger.secret is None
            note = _NO_SECRET if is_open else ""
            return of(State.NEW, note, apply=lambda: self._add_trigger(trigger, note))
        same = replace(there, own_queue_arn=None, failures=0)
        if trigger.secret is None:
            trigger = replace(trigger, secret=there.secret)
        # An import that was cut off may have stored it, and not bound.
        if is_same(same, trigger, "revision"):
            return of(State.SAME, apply=lambda: self._bound(there, trigger))
        if is_same(same, _disabled_as(same, trigger), "revision"):
            note = f"disabled: {there.disable_reason}"
            return of(State.SAME, note, apply=lambda: self._bound(there, trigger))
        if there.type is not trigger.type or there.source != _with_source(trigger, there).source:
            return of(State.REFUSED, "has another source there; remove it first")
        return of(State.REPLACED, apply=lambda: self._replace_trigger(trigger, there))

    def _refuses(self, trigger: Trigger, *, is_full: bool) -> str:
        """Return why a trigger cannot be there as well; nothing if it can."""
        if is_full:
            return f"a function has at most {TRIGGERS} triggers"
        source = named_source(trigger.account_id, trigger.document)
        owner = source and found_or_none(lambda: self.store.triggers.of_source(source))
        return f"another trigger there has its source, {source}" if owner else ""

    def _with_secret(self, exported: ExportedTrigger) -> Trigger:
        """Return a trigger with its secret, where that is there and can be opened."""
        if self.resealer is None or exported.sealed_secret is None:
            return exported.trigger
        secret = self.resealer.secret_in(exported.trigger, exported.sealed_secret)
        return replace(exported.trigger, secret=secret)

    def _add_trigger(self, trigger: Trigger, note: str) -> str:
        if RULES[trigger.type].makes_source and trigger.source is None:
            trigger = replace(trigger, own_queue_arn=self.target.own_queue_arn(trigger.id))
        self.target.schedule_reconcile(trigger.ref)
        self.store.triggers.add(trigger)
        return "; ".join(filter(None, (self._bound(trigger, trigger), note)))

    def _replace_trigger(self, trigger: Trigger, there: Trigger) -> str:
        changed = _with_source(next_revision(trigger, there), there)
        self.target.schedule_reconcile(changed.ref)
        self.store.triggers.replace(changed, there)
        return self._bound(changed, changed)

    def _bound(self, stored: Trigger, wanted: Trigger) -> str:
        """Have a trigger bound that is stored, and return what is to say of that."""
        if not self.target.reconcile(stored.ref):
            return "its source does not answer, and is bound later"
        key = (stored.account_id, stored.function_id, stored.id)
        now = self.store.triggers.get(*key)
        return f"disabled: {now.disable_reason}" if wanted.enabled and not now.enabled else ""

    def _secrets(self, place: Place) -> Iterator[Step]:
        exported = self.export.secrets(place)
        if not exported:
            return
        there = {secret.name: secret for secret in self.store.secrets.of_place(place)}
        for secret in exported:
            yield self._secret(secret, there.get(secret.name), is_full=len(there) >= SECRETS)

    def _secret(self, secret: Secret, there: Secret | None, *, is_full: bool) -> Step:
        place = secret.place
        of = partial(Step, "secret", place.account_id, f"{place.function_id} {secret.name}".strip())
        if self.resealer is None or not secret.sealed:
            return of(State.MISSING, _NO_VALUE) if there is None else of(State.SAME)
        sealer, secrets = self.resealer.sealer, self.store.secrets
        value = self.resealer.value_in(secret)
        if there is None:
            if is_full:
                return of(State.REFUSED, f"a place has at most {SECRETS} secrets")
            new = replace(secret, sealed=sealer.seal(value, secret.binding))
            return of(State.NEW, apply=_then(lambda: secrets.add(new)))
        same = replace(there, sealed=secret.sealed, sealed_before=None, before_until=0)
        is_value = sealer.open(there.sealed, there.binding) == value
        if is_value and is_same(same, secret, "revision"):
            return of(State.SAME)
        changed = next_revision(secret, there)
        changed = replace(changed, sealed=sealer.seal(value, secret.binding))
        return of(State.REPLACED, apply=_then(lambda: secrets.replace(changed, there)))


@contextmanager
def importing(
    export: Export, target: Target, resealer: Resealer | None = None
) -> Iterator[Importer]:
    """Yield the importer of an export; an executor is started when it first compiles modules."""
    with ExitStack() as opened:
        executor: Executor = late(lambda: opened.enter_context(target.executing()))
        store = target.store
        checks = SourceCheckService(executor, executor, Tenants(store.accounts).of)
        yield Importer(export, target, store, checks, resealer)


def _then(write: Callable[[], object]) -> Callable[[], str]:
    """Return what writes, and has nothing to say of it."""

    def apply() -> str:
        write()
        return ""

    return apply


def _name_of(function: Function) -> str:
    return str(function.document["name"])


def _with_source(trigger: Trigger, there: Trigger) -> Trigger:
    """Return a trigger with the queue that was made for it where it is."""
    return replace(trigger, own_queue_arn=there.own_queue_arn)


def _disabled_as(there: Trigger, trigger: Trigger) -> Trigger:
    """Return a trigger as it is when the platform has disabled it, if it did."""
    if there.disable_reason is None or not trigger.enabled:
        return trigger
    return trigger.disabled(there.disable_reason, there.modified_at)
