"""Encode a trigger as JSON text, without its failures, which the stores count beside it."""

from dataclasses import asdict
from typing import Any, cast

from isolambda_core.domain.json_text import dump, parse
from isolambda_core.domain.triggers.triggers import Trigger


def dump_trigger(trigger: Trigger) -> str:
    """Return a trigger without its failures, as ASCII JSON."""
    fields = asdict(trigger)
    del fields["failures"]
    return dump(fields)


def load_trigger(text: str, failures: int) -> Trigger:
    """Return the trigger that :func:`dump_trigger` wrote."""
    return Trigger(**cast("dict[str, Any]", parse(text)), failures=failures)
