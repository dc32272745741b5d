"""The steps of an import for triggers: each is stored, and then bound by the installation."""

from dataclasses import dataclass, field, replace
from functools import partial

from isolambda_cli.admin.targets import Target
from isolambda_cli.moving.exported import ExportedTrigger
from isolambda_cli.moving.plan import State, Step, found_or_none, is_same, next_revision
from isolambda_cli.moving.secrets import Resealer
from isolambda_core.domain.limits import TRIGGERS
from isolambda_core.domain.triggers.triggers import RULES, Trigger
from isolambda_core.ports.triggers import TriggerRepository

_NO_SECRET = "its secret is not in the export, or stays sealed: give it again"  # noqa: S105
_DERIVED = "its secret is another one here, since that derives from the installation"

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class TriggerSteps:
    """Compares triggers with those of an installation, and writes them.

    Without a ``resealer`` their secrets stay what they are there.
    """

    target: Target
    triggers: TriggerRepository
    resealer: Resealer | None
    _seen: dict[str, Key] = field(default_factory=dict)
    """Whose each id and each source of the export is; both passes of an import ask."""

    def step(self, exported: ExportedTrigger, *, is_full: bool) -> Step:
        """Return the step of a trigger; ``is_full``: its function has too many with it.

        Raises:
            ExportError: its secret was sealed under another passphrase.
            StoreUnavailableError: the store does not answer.
        """
        trigger = self._here(self._with_secret(exported))
        name = f"{trigger.function_id} {trigger.id}"
        of = partial(Step, "trigger", trigger.account_id, name)
        key = (trigger.account_id, trigger.function_id, trigger.id)
        there = found_or_none(lambda: self.triggers.get(*key))
        why = self._seen_before(trigger, key)
        if there is None:
            why = why or self._refuses(trigger, is_full=is_full)
        if why:
            return of(State.REFUSED, why)
        if there is None:
            note = _about_secret(trigger, had_one=exported.has_secret)
            return of(State.NEW, note, apply=lambda: self._add(trigger, note))
        same = replace(there, own_queue_arn=trigger.own_queue_arn, failures=0)
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
        return of(State.REPLACED, apply=lambda: self._replace(trigger, there))

    def _refuses(self, trigger: Trigger, *, is_full: bool) -> str:
        """Return why a trigger cannot be there as well; nothing if it can."""
        if is_full:
            return f"a function has at most {TRIGGERS} triggers"
        source = trigger.source
        owner = source and found_or_none(lambda: self.triggers.of_source(source))
        return f"another trigger there has its source, {source}" if owner else ""

    def _seen_before(self, trigger: Trigger, key: Key) -> str:
        """Return why two triggers of the export exclude each other; nothing if none does."""
        for name in filter(None, (trigger.id, trigger.source)):
            if self._seen.setdefault(name, key) != key:
                return f"another trigger of the export has {name}"
        return ""

    def _here(self, trigger: Trigger) -> Trigger:
        """Return a trigger with the queue that it has here, where one is made for it."""
        if RULES[trigger.type].makes_source and trigger.source is None:
            return replace(trigger, own_queue_arn=self.target.own_queue_arn(trigger.id))
        return trigger

    def _with_secret(self, exported: ExportedTrigger) -> Trigger:
        """Return a trigger with its secret, where that is there and can be opened."""
        if self.resealer is None or exported.sealed_secret is None:
            return exported.trigger
        secret = self.resealer.secret_in(exported.trigger, exported.sealed_secret)
        return replace(exported.trigger, secret=secret)

    def _add(self, trigger: Trigger, note: str) -> str:
        self.target.schedule_reconcile(trigger.ref)
        self.triggers.add(trigger)
        return "; ".join(filter(None, (self._bound(trigger, trigger), note)))

    def _replace(self, trigger: Trigger, there: Trigger) -> str:
        changed = _with_source(next_revision(trigger, there), there)
        self.target.schedule_reconcile(changed.ref)
        self.triggers.replace(changed, there)
        return self._bound(changed, changed)

    def _bound(self, stored: Trigger, wanted: Trigger) -> str:
        """Have a trigger bound that is stored, and return what is to say of that."""
        if not self.target.reconcile(stored.ref):
            return "its source does not answer, and is bound later"
        key = (stored.account_id, stored.function_id, stored.id)
        now = self.triggers.get(*key)
        return f"disabled: {now.disable_reason}" if wanted.enabled and not now.enabled else ""


def _with_source(trigger: Trigger, there: Trigger) -> Trigger:
    """Return a trigger with the queue that was made for it where it is."""
    return replace(trigger, own_queue_arn=there.own_queue_arn)


def _disabled_as(there: Trigger, trigger: Trigger) -> Trigger:
    """Return a trigger as it is when the platform has disabled it, if it did."""
    if there.disable_reason is None or not trigger.enabled:
        return trigger
    return trigger.disabled(there.disable_reason, there.modified_at)


def _about_secret(trigger: Trigger, *, had_one: bool) -> str:
    """Return what is to say of the secret that a trigger checks signatures with."""
    rules = RULES[trigger.type]
    if rules.check_secret is None or not rules.takes_secret(trigger.document) or trigger.secret:
        return ""
    return _NO_SECRET if had_one else _DERIVED
