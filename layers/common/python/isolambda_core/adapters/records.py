"""How the record of an execution is stored: as JSON text."""

from dataclasses import asdict
from typing import Any, cast

from isolambda_core.domain.execution import Outcome
from isolambda_core.domain.json_text import dump, parse
from isolambda_core.domain.records import Record
from isolambda_core.domain.wire import load_error


def dump_record(record: Record) -> str:
    """Return a record as ASCII JSON."""
    return dump(asdict(record))


def load_record(text: str) -> Record:
    """Return the record that :func:`dump_record` wrote."""
    fields = cast("dict[str, Any]", parse(text))
    outcome, error = Outcome(fields["outcome"]), load_error(fields["error"])
    return Record(**{**fields, "outcome": outcome, "error": error})
