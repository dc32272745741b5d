"""Which type of trigger takes a record of a batch."""

from isolambda_core.domain.triggers.triggers import RULES, TriggerType
from isolambda_core.domain.triggers.types.record_shape import Record, RecordShape

_KINDS = [(each, shape) for each, rules in RULES.items() for shape in rules.records]


def kind_of(record: Record) -> tuple[TriggerType, RecordShape]:
    """Return which type of trigger takes a record, and the shape of the record.

    Raises:
        LookupError: no type takes it.
    """
    for trigger_type, shape in _KINDS:
        if record.get(shape.service_key) == shape.service:
            return trigger_type, shape
    raise LookupError(record.keys())
