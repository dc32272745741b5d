"""Write an export into an installation.

Each resource is written at once or not at all, in an order in which none needs a later one. So an
import that is cut off is taken up by the next: it finds the same what was written.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial

from isolambda_cli.admin.targets import Target
from isolambda_cli.moving.exported import ExportedFunction
from isolambda_cli.moving.plan import State, Step, found_or_none, is_same, next_revision, then
from isolambda_cli.moving.reading import Export
from isolambda_cli.moving.secret_steps import SecretSteps
from isolambda_cli.moving.secrets import Resealer
from isolambda_cli.moving.trigger_steps import TriggerSteps
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.contracts.saved_calls import SavedCall
from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.late import late
from isolambda_core.domain.limits import ALIASES, TRIGGERS
from isolambda_core.domain.secrets.secrets import Place
from isolambda_core.ports.executions import Executor
from isolambda_core.ports.store import Store
from isolambda_core.services.accounts.tenants import Tenants
from isolambda_core.services.functions.source_checks import SourceCheckService


@dataclass(frozen=True, slots=True)
class Importer:
    """Compares an export with an installation, and writes it.

    ``checks`` compile modules, which an export does not have compiled: what runs is what its files
    say.
    """

    export: Export
    store: Store
    checks: SourceCheckService
    secrets: SecretSteps
    triggers: TriggerSteps

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
            yield from self.secrets.steps(self.export.secrets(Place(account.id)))
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
        # Before triggers, which execute the function at once.
        yield from self.secrets.steps(self.export.secrets(Place(*key)))
        triggers = {trigger.id for trigger in store.triggers.of_function(*key)}
        for each in exported.triggers:
            triggers.add(each.trigger.id)
            yield self.triggers.step(each, is_full=len(triggers) > TRIGGERS)

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
            return of(State.NEW, apply=then(lambda: self.store.accounts.add(account)))
        if there.ancestor_ids != account.ancestor_ids:
            return of(State.REFUSED, "is below other accounts there")
        if is_same(there, account, "revision", "created_at"):
            return of(State.SAME)
        changed = next_revision(account, there)
        return of(
            State.REPLACED,
            apply=then(lambda: self.store.accounts.replace(changed, there)),
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
                State.NEW, apply=then(lambda: functions.add(self.checks.compiled(function)[0]))
            )
        if is_same(there, function, "revision", "compiled", "breakers"):
            return of(State.SAME)
        changed = next_revision(function, there)
        return of(
            State.REPLACED,
            apply=then(lambda: functions.replace(self.checks.compiled(changed)[0], there)),
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

            return of(State.NEW, apply=then(add))
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
            apply=then(lambda: self.store.versions.retire(*key, number)),
        )

    def _alias(self, alias: Alias, *, is_full: bool) -> Step:
        of = partial(Step, "alias", alias.account_id, f"{alias.function_id} {alias.name}")
        aliases = self.store.aliases
        key = (alias.account_id, alias.function_id, alias.name)
        there = found_or_none(lambda: aliases.get(*key))
        if there is None:
            if is_full:
                return of(State.REFUSED, f"a function has at most {ALIASES} aliases")
            return of(State.NEW, apply=then(lambda: aliases.add(alias)))
        if is_same(there, alias, "revision"):
            return of(State.SAME)
        changed = next_revision(alias, there)
        return of(State.REPLACED, apply=then(lambda: aliases.replace(changed, there)))

    def _call(self, call: SavedCall) -> Step:
        of = partial(Step, "saved call", call.account_id, f"{call.function_id} {call.name}")
        calls = self.store.saved_calls
        key = (call.account_id, call.function_id, call.name)
        there = found_or_none(lambda: calls.get(*key))
        if there is None:
            return of(State.NEW, apply=then(lambda: calls.add(call)))
        if is_same(there, call, "revision"):
            return of(State.SAME)
        changed = next_revision(call, there)
        return of(State.REPLACED, apply=then(lambda: calls.replace(changed, there)))


@contextmanager
def importing(
    export: Export, target: Target, resealer: Resealer | None = None
) -> Iterator[Importer]:
    """Yield the importer of an export; an executor is started when it first compiles modules."""
    with ExitStack() as opened:
        executor: Executor = late(lambda: opened.enter_context(target.executing()))
        store = target.store
        checks = SourceCheckService(executor, executor, Tenants(store.accounts).of)
        secrets = SecretSteps(store.secrets, resealer)
        triggers = TriggerSteps(target, store.triggers, resealer)
        yield Importer(export, store, checks, secrets, triggers)


def _name_of(function: Function) -> str:
    return str(function.document["name"])
