"""The secrets of an export: their names and hosts, and their values where they are sealed."""

from dataclasses import dataclass
from typing import Any

from isolambda_cli.moving.errors import FieldError
from isolambda_cli.moving.fields import dump_fields, load_fields
from isolambda_cli.moving.passphrase import Passphrase
from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.secrets.documents import SecretInput
from isolambda_core.domain.secrets.secrets import Place, Secret
from isolambda_core.domain.triggers.triggers import RULES, Trigger
from isolambda_core.ports.secrets import Sealer

_PLACEHOLDER = "-" * 32
"""Stands for the value of a secret where the rest of it is checked."""


@dataclass(frozen=True, slots=True)
class Resealer:
    """Carries values from the seal of an installation to that of a passphrase, and back."""

    sealer: Sealer
    passphrase: Passphrase

    def taken(self, secret: Secret) -> str:
        """Return the value of a secret of the installation, sealed under the passphrase."""
        value = self.sealer.open(secret.sealed, secret.binding)
        return self.passphrase.seal(value, secret.binding.label)

    def value_in(self, secret: Secret) -> str:
        """Return the value of a secret of an export.

        Raises:
            ExportError: it was sealed under another passphrase.
            InvalidDocumentError: no secret has such a value.
        """
        value = self.passphrase.open(secret.sealed, secret.binding.label, secret.name)
        _check(secret, value)
        return value

    def taken_of(self, trigger: Trigger) -> str:
        """Return the secret of a trigger that has one, sealed under the passphrase."""
        return self.passphrase.seal(trigger.secret or "", _label_of(trigger))

    def secret_in(self, trigger: Trigger, sealed: str) -> str:
        """Return the secret of a trigger of an export.

        Raises:
            ExportError: it was sealed under another passphrase.
            InvalidDocumentError: no trigger of this type has such a secret.
        """
        value = self.passphrase.open(sealed, _label_of(trigger), f"trigger {trigger.id}")
        check_secret = RULES[trigger.type].check_secret
        if check_secret is None or not RULES[trigger.type].takes_secret(trigger.document):
            raise FieldError(f"trigger {trigger.id}: has no secret")
        if violations := list(check_secret(trigger.document, value)):
            raise InvalidDocumentError(violations)
        return value


def dump_secret(secret: Secret, resealer: Resealer | None) -> JsonValue:
    """Return what a file says of a secret: without its value, if nothing can seal that."""
    if resealer is None:
        return secret.document
    fields = dump_fields(secret, "place", "sealed", "sealed_before", "before_until")
    return dict(sorted({**fields, "sealed": resealer.taken(secret)}.items()))


def load_secret(found: JsonValue, place: Place) -> Secret:
    """Return the secret that :func:`dump_secret` described; one without a value has ``""``.

    Raises:
        FieldError: a field is missing or unknown, or its value is of another type.
        InvalidDocumentError: no secret has such a name or such hosts.
    """
    fields: dict[str, Any] = dict(found) if isinstance(found, dict) else {}
    if "sealed" not in fields:
        fields = {"created_at": 0, "modified_at": 0, "sealed": "", **fields}
    known: dict[str, Any] = {"place": place, "sealed_before": None, "before_until": 0}
    secret = load_fields(Secret, fields, **known)
    _check(secret, _PLACEHOLDER)
    return secret


def _check(secret: Secret, value: str) -> None:
    given = {key: each for key, each in secret.document.items() if key != "name"}
    SecretInput.parse(secret.name, {**given, "value": value})


def _label_of(trigger: Trigger) -> bytes:
    return dump(["trigger", trigger.account_id, trigger.function_id, trigger.id]).encode()
