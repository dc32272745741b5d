"""What an export has of a function, and how a trigger is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from isolambda_cli.moving.checks import require_id, require_trigger
from isolambda_cli.moving.errors import FieldError
from isolambda_cli.moving.fields import load_fields
from isolambda_core.domain.contracts.saved_calls import SavedCall
from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.documents import validated_trigger
from isolambda_core.domain.triggers.triggers import Trigger


@dataclass(frozen=True, slots=True)
class ExportedTrigger:
    """A trigger, whether it had a secret, and that, if it is there: under a passphrase."""

    trigger: Trigger
    has_secret: bool
    sealed_secret: str | None = None


@dataclass(frozen=True, slots=True)
class ExportedFunction:
    """A function with what depends on it; ``numbers`` are those of its versions, in order.

    ``last_number`` is the highest that one ever had.
    """

    function: Function
    numbers: Sequence[int]
    last_number: int
    aliases: Sequence[Alias]
    calls: Sequence[SavedCall]
    triggers: Sequence[ExportedTrigger]


def load_trigger(found: JsonValue, key: Mapping[str, str]) -> ExportedTrigger:
    """Return the trigger that a file describes; ``key`` are its account and its function.

    Raises:
        FieldError: a field is missing or unknown, or its value is of another type.
        InvalidDocumentError: its document breaks a rule.
    """
    fields = dict(found) if isinstance(found, dict) else {}
    has_secret = fields.pop("has_secret", False) is True
    sealed = fields.pop("sealed_secret", None)
    if sealed is not None and not isinstance(sealed, str):
        raise FieldError("sealed_secret: must be of type str")
    known: dict[str, Any] = {**key, "own_queue_arn": None, "secret": None, "failures": 0}
    trigger = load_fields(Trigger, fields, **known)
    require_id(trigger.id)
    require_trigger(trigger)
    trigger = replace(trigger, document=validated_trigger(trigger.document))
    return ExportedTrigger(trigger, has_secret or sealed is not None, sealed)
