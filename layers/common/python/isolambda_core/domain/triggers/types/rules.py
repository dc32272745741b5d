"""What there is to say of a type of trigger, and rules that several types share."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_schema import Rule, Schema
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.types.record_shape import RecordShape


def _always(_: Document) -> bool:
    return True


_ARN = "^arn:aws[a-z-]*:{}:[a-z0-9-]*:[0-9]{{12}}:{}$"


@dataclass(frozen=True, slots=True)
class TypeRules:
    """The rules of one type of trigger.

    ``schema`` is the table of the keys of the type, and ``rules`` say of a key what no schema says;
    where one key depends on another, ``check`` says in their place what is wrong with a document. A
    change must leave the keys of ``fixed`` as they are. ``source_key`` names the source by its ARN,
    or ``source`` returns what an account's document names it by, and ``makes_source`` says that one
    is made where the document names none. A source has one trigger.

    ``pattern`` returns the event pattern that a trigger of an account subscribes to, for types that
    listen to Amazon EventBridge. ``records`` are the shapes of the records that Lambda brings in
    batches. ``wrap`` returns what the trigger's own rule or schedule hands over of an event of AWS,
    None for another event. ``check_secret`` says what is wrong with a secret for a document, for
    types whose triggers have one, where ``takes_secret`` says so. ``event`` describes in words what
    a trigger of the type takes.
    """

    description: str
    event: str
    schema: Schema
    rules: Mapping[str, Rule] = field(default_factory=dict)
    check: Callable[[Document], Iterator[Violation]] | None = None
    fixed: tuple[str, ...] = ()
    source_key: str | None = None
    source: Callable[[str, Document], str] | None = None
    makes_source: bool = False
    pattern: Callable[[str, Document], Document] | None = None
    records: tuple[RecordShape, ...] = ()
    wrap: Callable[[Document], Document | None] | None = None
    check_secret: Callable[[Document, JsonValue], Iterator[Violation]] | None = None
    takes_secret: Callable[[Document], bool] = _always


def arn_pattern(service: str, resource: str) -> str:
    """Return the regular expression of the ARNs of a service, of which both parts are one."""
    return _ARN.format(service, resource)


def wrap_event(event: Document) -> Document | None:
    """Return what a rule of EventBridge hands over of an event, None where it is no such event."""
    return {"event": event} if "detail-type" in event else None
