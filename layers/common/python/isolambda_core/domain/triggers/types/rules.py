"""What there is to say of a type of trigger, and rules that several types share."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from isolambda_core.domain.documents import Document, Path, check_string
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import OBJECT_KEY_BYTES

_ARN = "^arn:aws[a-z-]*:{}:[a-z0-9-]*:[0-9]{{12}}:{}$"


@dataclass(frozen=True, slots=True)
class TypeRules:
    """The rules of one type of trigger.

    ``properties`` describes the keys of the type in JSON Schema, and ``required`` are those that
    must be there; ``check`` says what is wrong with their values. ``integers`` are the paths of
    integers. A change must leave the keys of ``fixed`` as they are. ``source_key`` names the source
    by its ARN, and ``makes_source`` says that a source is made where the document names none.

    ``pattern`` returns the event pattern that a trigger of an account subscribes to, for types that
    listen to Amazon EventBridge. ``services`` are the names by which AWS marks the records of a
    batch. ``wrap`` returns what the trigger's own rule or schedule hands over of an event of AWS,
    None for another event. ``check_secret`` says what is wrong with a secret for a document, for
    types whose triggers have one. ``event`` describes in words what a trigger of the type takes.
    """

    description: str
    event: str
    properties: Mapping[str, Document]
    check: Callable[[Document], Iterator[Violation]]
    required: tuple[str, ...] = ()
    integers: tuple[Path, ...] = ()
    fixed: tuple[str, ...] = ()
    source_key: str | None = None
    makes_source: bool = False
    pattern: Callable[[str, Document], Document] | None = None
    services: tuple[str, ...] = ()
    wrap: Callable[[Document], Document | None] | None = None
    check_secret: Callable[[Document, JsonValue], Iterator[Violation]] | None = None


def arn_pattern(service: str, resource: str) -> str:
    """Return the regular expression of the ARNs of a service, of which both parts are one."""
    return _ARN.format(service, resource)


def check_pattern_of(document: Document, key: str, pattern: str) -> Iterator[Violation]:
    """Say what is wrong with a string that must be there and match a regular expression."""
    wrong = list(check_string(document, key, OBJECT_KEY_BYTES))
    yield from wrong
    if not wrong and re.fullmatch(pattern, cast("str", document[key])) is None:
        yield Violation((key,), "pattern", pattern, document[key])


def wrap_event(event: Document) -> Document | None:
    """Return what a rule of EventBridge hands over of an event, None where it is no such event."""
    return {"event": event} if "detail-type" in event else None
