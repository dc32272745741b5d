"""Manage secrets: put, fetch, list, remove; and grant them to executions."""

from collections.abc import Sequence
from dataclasses import dataclass

from isolambda_core.domain.errors import InvalidDocumentError, Violation
from isolambda_core.domain.executions.reach import GrantedSecret
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.limits import SECRETS
from isolambda_core.domain.revisions import NOTHING, Expectation, require
from isolambda_core.domain.secrets.documents import SecretInput
from isolambda_core.domain.secrets.errors import (
    MissingSecretError,
    SecretNotFoundError,
    UnopenedSecretError,
)
from isolambda_core.domain.secrets.secrets import Binding, Place, Secret, is_name
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.functions import FunctionRepository
from isolambda_core.ports.secrets import Sealer, SecretRepository
from isolambda_core.ports.store import Store


@dataclass(frozen=True, slots=True)
class SecretService:
    """Manages the secrets of accounts and functions. No method returns the value of one.

    Accounts exist: ``AccessService`` has seen them.
    """

    secrets: SecretRepository
    functions: FunctionRepository
    sealer: Sealer
    clock: Clock

    def list(self, place: Place) -> Sequence[Secret]:
        """Return the secrets of a place, in the order of their names.

        Raises:
            FunctionNotFoundError: the account has no such function.
        """
        self._require(place)
        return self.secrets.of_place(place)

    def fetch(self, place: Place, name: str) -> Secret:
        """Return a secret.

        Raises:
            FunctionNotFoundError: the account has no such function.
            SecretNotFoundError: the place has none of this name.
        """
        self._require(place)
        if not is_name(name):
            raise SecretNotFoundError(name)
        return self.secrets.get(place, name)

    def put(
        self, place: Place, name: str, given: SecretInput, expected: Expectation | None = None
    ) -> Secret:
        """Make a secret, or rotate it; executions that have begun keep the value before.

        Raises:
            InvalidDocumentError: the place has ``limits.SECRETS`` already.
            FunctionNotFoundError: the account has no such function.
            PreconditionFailedError: its revision is not the expected one.
            RevisionConflictError: another request wrote meanwhile.
        """
        try:
            current = self.fetch(place, name)
        except SecretNotFoundError:
            require(expected, NOTHING)
            return self._make(place, name, given)
        require(expected, current.etag)
        binding = Binding(place, name, given.hosts, given.sign)
        now = self.clock.now()
        before = self._value_before(current) if given.overlap_s else None
        rotated = current.rotated(
            binding,
            self.sealer.seal(given.value, binding),
            None if before is None else self.sealer.seal(before, current.binding_before),
            now + given.overlap_s,
            now,
        )
        self.secrets.replace(rotated, current)
        return rotated

    def remove(self, place: Place, name: str, expected: Expectation | None = None) -> Secret:
        """Remove a secret, and return it.

        Raises:
            FunctionNotFoundError: the account has no such function.
            SecretNotFoundError: the place has none of this name.
            PreconditionFailedError: its revision is not the expected one.
            RevisionConflictError: another request wrote meanwhile.
        """
        current = self.fetch(place, name)
        require(expected, current.etag)
        self.secrets.remove(current)
        return current

    def granted(self, function: Function, names: Sequence[str]) -> tuple[GrantedSecret, ...]:
        """Return the secrets that the document of a function names, without placeholders.

        Each attempt to execute it gives them others. No read where there are no names, and one
        where there are; its own secrets come before those of the account.

        Raises:
            MissingSecretError: neither the function nor its account has one of them.
            UnopenedSecretError: one cannot be opened.
        """
        if not names:
            return ()
        found = self.secrets.for_function(function.account_id, function.id, names)
        there = {secret.name for secret in found}
        for name in names:
            if name not in there:
                raise MissingSecretError(name)
        now = self.clock.now()
        return tuple(self._granted(secret, now) for secret in found)

    def _granted(self, secret: Secret, now: int) -> GrantedSecret:
        before = ""
        if secret.sealed_before is not None and now < secret.before_until:
            before = self.sealer.open(secret.sealed_before, secret.binding_before)
        value = self.sealer.open(secret.sealed, secret.binding)
        return GrantedSecret(secret.name, "", value, secret.hosts, secret.sign, before)

    def _make(self, place: Place, name: str, given: SecretInput) -> Secret:
        if len(self.secrets.of_place(place)) >= SECRETS:
            raise InvalidDocumentError([Violation(("secrets",), "maxItems", SECRETS, None)])
        binding, now = Binding(place, name, given.hosts, given.sign), self.clock.now()
        sealed = self.sealer.seal(given.value, binding)
        secret = Secret(place, name, given.hosts, given.sign, sealed, now, now)
        self.secrets.add(secret)
        return secret

    def _value_before(self, current: Secret) -> str | None:
        try:
            return self.sealer.open(current.sealed, current.binding)
        except UnopenedSecretError:  # it is put again because of that
            return None

    def _require(self, place: Place) -> None:
        if place.function_id:
            self.functions.get(place.account_id, place.function_id)


def open_secrets(store: Store, sealer: Sealer, clock: Clock) -> SecretService:
    """Return the service on a store; see :class:`SecretService`."""
    return SecretService(store.secrets, store.functions, sealer, clock)
