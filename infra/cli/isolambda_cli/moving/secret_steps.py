"""The steps of an import for secrets: their values, or which of them are missing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from isolambda_cli.moving.plan import State, Step, is_same, next_revision, then
from isolambda_cli.moving.secrets import Resealer
from isolambda_core.domain.limits import SECRETS
from isolambda_core.domain.secrets.secrets import Secret
from isolambda_core.ports.secrets import SecretRepository

_NO_VALUE = "its value is not in the export, or stays sealed: put it"


@dataclass(frozen=True, slots=True)
class SecretSteps:
    """Compares secrets with those of an installation, and writes those that it can open."""

    secrets: SecretRepository
    resealer: Resealer | None

    def steps(self, exported: Sequence[Secret]) -> Iterator[Step]:
        """Yield the steps of the secrets of one place.

        Raises:
            ExportError: a value was sealed under another passphrase.
            StoreUnavailableError: the store does not answer.
        """
        if not exported:
            return
        there = {secret.name: secret for secret in self.secrets.of_place(exported[0].place)}
        names = set(there)
        for secret in exported:
            names.add(secret.name)
            yield self._step(secret, there.get(secret.name), is_full=len(names) > SECRETS)

    def _step(self, secret: Secret, there: Secret | None, *, is_full: bool) -> Step:
        place = secret.place
        of = partial(Step, "secret", place.account_id, f"{place.function_id} {secret.name}".strip())
        if self.resealer is None or not secret.sealed:
            return of(State.MISSING, _NO_VALUE) if there is None else of(State.SAME)
        sealer = self.resealer.sealer
        value = self.resealer.value_in(secret)
        if there is None:
            if is_full:
                return of(State.REFUSED, f"at most {SECRETS} secrets can be there")
            new = replace(secret, sealed=sealer.seal(value, secret.binding))
            return of(State.NEW, apply=then(lambda: self.secrets.add(new)))
        same = replace(there, sealed=secret.sealed, sealed_before=None, before_until=0)
        is_value = sealer.open(there.sealed, there.binding) == value
        if is_value and is_same(same, secret, "revision"):
            return of(State.SAME)
        changed = next_revision(secret, there)
        changed = replace(changed, sealed=sealer.seal(value, secret.binding))
        return of(State.REPLACED, apply=then(lambda: self.secrets.replace(changed, there)))
