"""A trigger: binds a function to an event source, so that it runs when something happens there.

schedule, event (the installation's own bus), queue, bucket, stream, topic, webhook. What each type
says of its source is checked here; what the source itself refuses is told by who binds it.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self, cast

from isolambda_core.domain import limits
from isolambda_core.domain.aliases import is_name
from isolambda_core.domain.callbacks import shown
from isolambda_core.domain.documents import (
    Document,
    accepted,
    boolean_problems,
    choice_problems,
    integer_problems,
    string_problems,
)
from isolambda_core.domain.errors import InvalidDocumentError, Problem
from isolambda_core.domain.functions import LATEST
from isolambda_core.domain.ids import first_execution_id
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.patterns import pattern_problems
from isolambda_core.domain.revisions import etag_of
from isolambda_core.domain.schedules import Schedule, schedule_of, schedule_problems
from isolambda_core.domain.versions import number_of
from isolambda_core.domain.webhooks import SIGNATURES


class TriggerType(StrEnum):
    """What a trigger listens to; a closed set, and its words never change."""

    SCHEDULE = "schedule"
    EVENT = "event"
    QUEUE = "queue"
    BUCKET = "bucket"
    STREAM = "stream"
    TOPIC = "topic"
    WEBHOOK = "webhook"


BUCKET_EVENTS = ("created", "removed")
STARTING_POSITIONS = ("LATEST", "TRIM_HORIZON")

_DEFAULTS: Document = {"enabled": True, "qualifier": LATEST}
SOURCE_KEYS: Mapping[str, str] = {
    TriggerType.QUEUE: "queue_arn",
    TriggerType.STREAM: "stream_arn",
    TriggerType.TOPIC: "topic_arn",
}
"""The key of a document that names a source by its ARN."""
_FIXED = ("type", *SOURCE_KEYS.values(), "starting_position")
"""What stays as it was made: another queue, stream or topic is another trigger."""
_ARN = "^arn:aws[a-z-]*:{}:[a-z0-9-]*:[0-9]{{12}}:{}$"
_QUEUE_ARN = _ARN.format("sqs", "[A-Za-z0-9_-]{1,80}([.]fifo)?")
_TOPIC_ARN = _ARN.format("sns", "[A-Za-z0-9_-]{1,256}")
_STREAM_ARN = _ARN.format(
    "(dynamodb|kinesis)",
    "(table/[A-Za-z0-9_.-]{3,255}/stream/[0-9T:.-]+|stream/[A-Za-z0-9_.-]{1,128})",
)
_TOKEN = re.compile("[!-~]+")
"""What a header carries as it is."""
_BUCKET_NAME = "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
_KEY_CHARACTERS = 1_024  # of an object, as S3 has it
_AGES = (limits.TRIGGER_AGE_S_MIN, limits.TRIGGER_AGE_S_MAX)
_BATCHES = (1, limits.BATCH_SIZE_MAX)


@dataclass(frozen=True, slots=True)
class TriggerRef:
    """Which trigger, and what it is bound to: enough to unbind it once its document is gone.

    ``source`` is the ARN of the queue, stream or topic, None for the other types.
    """

    account_id: str
    function_id: str
    trigger_id: str
    type: TriggerType
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of a function, at one revision. Times are Unix seconds; revisions count from 1.

    ``own_queue_arn`` is that of the queue that was made for it, where its document names none.
    ``secret`` is what the owner gave a webhook to check signatures with, and is never shown.
    ``failures`` counts executions in a row that failed at this revision. ``disable_reason`` says
    why the platform disabled it; None where it did not.
    """

    account_id: str
    function_id: str
    id: str
    document: Document
    created_at: int
    modified_at: int
    revision: int = 1
    own_queue_arn: str | None = None
    secret: str | None = None
    failures: int = 0
    disable_reason: str | None = None

    @property
    def ref(self) -> TriggerRef:
        """Which trigger this is."""
        return TriggerRef(self.account_id, self.function_id, self.id, self.type, self.source)

    @property
    def type(self) -> TriggerType:
        """What it listens to."""
        return TriggerType(cast("str", self.document["type"]))

    @property
    def name(self) -> str:
        """What its owner calls it."""
        return cast("str", self.document["name"])

    @property
    def enabled(self) -> bool:
        """Whether it runs the function."""
        return cast("bool", self.document["enabled"])

    @property
    def qualifier(self) -> str:
        """Which version of the function it runs."""
        return cast("str", self.document["qualifier"])

    @property
    def source(self) -> str | None:
        """The ARN of the queue, stream or topic that it listens to, and no other trigger."""
        return self.own_queue_arn or named_source(self.document)

    @property
    def maximum_age_ms(self) -> int | None:
        """How old an event may be when it is attempted; None for any age."""
        age_s = cast("int | None", self.document.get("maximum_age_s"))
        return None if age_s is None else age_s * 1000

    @property
    def batch_size(self) -> int:
        """How many messages or records a batch has at the most."""
        return cast("int", self.document.get("batch_size", limits.BATCH_SIZE))

    @property
    def schedule(self) -> Schedule:
        """When a trigger of type ``schedule`` runs."""
        return schedule_of(self.document, self.created_at)

    @property
    def signature(self) -> str:
        """How deliveries to a webhook are signed, one of ``SIGNATURES``."""
        return cast("str", self.document.get("signature", SIGNATURES[0]))

    @property
    def etag(self) -> str:
        """The revision as clients see it."""
        return etag_of(self.revision, self.document, self.id)

    def changed(self, document: Document, secret: str | None, modified_at: int) -> Self:
        """Return the next revision: its failures are forgotten, and enabling clears the reason."""
        return replace(
            self,
            document=document,
            secret=secret,
            revision=self.revision + 1,
            modified_at=modified_at,
            failures=0,
            disable_reason=None if document["enabled"] else self.disable_reason,
        )

    def disabled(self, reason: str, modified_at: int) -> Self:
        """Return the next revision: disabled by the platform, for a reason."""
        off = self.changed({**self.document, "enabled": False}, self.secret, modified_at)
        return replace(off, disable_reason=reason)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event of a source.

    ``event_id`` tells it from all others of its trigger. ``at_ms`` is when it happened, in Unix
    milliseconds. Both are the same however often it is delivered, so that it runs once.
    ``payload`` is JSON text, what the function gets as ``call``.
    """

    event_id: str
    at_ms: int
    payload: str


def named_source(document: Document) -> str | None:
    """Return the ARN of the queue, stream or topic that a document names."""
    key = SOURCE_KEYS.get(cast("str", document["type"]))
    return None if key is None else cast("str | None", document.get(key))


def execution_id_of(trigger: TriggerRef, occurrence: Occurrence) -> str:
    """Return the id of the execution that an event stands for, always the same."""
    text = f"{trigger.account_id}#{trigger.function_id}#{trigger.trigger_id}#{occurrence.event_id}"
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    first = first_execution_id(occurrence.at_ms)
    return first[:12] + digest[:20]


def derived_secret(installation_secret: bytes, trigger: TriggerRef) -> str:
    """Return the secret of a webhook whose owner gave none, in the form of Standard Webhooks."""
    said = f"webhook#{trigger.account_id}#{trigger.function_id}#{trigger.trigger_id}"
    return shown(hmac.digest(installation_secret, said.encode(), "sha256"))


def accept_trigger(document: Document) -> Document:
    """Return a trigger's document as it will be stored; see :func:`accepted`.

    Raises:
        InvalidDocumentError: a rule or a limit is broken; all problems are listed.
    """
    return accepted(document, _DEFAULTS, _problems)


def secret_problems(document: Document, secret: JsonValue) -> Iterator[Problem]:
    """Say what is wrong with what the owner of a webhook gives to check signatures with.

    It is not given back: it would come to stand in logs of clients.
    """
    if not isinstance(secret, str):
        yield Problem(("secret",), "type", "string", None)
    elif len(secret) < limits.WEBHOOK_SECRET_CHARACTERS_MIN:
        yield Problem(("secret",), "minLength", limits.WEBHOOK_SECRET_CHARACTERS_MIN, len(secret))
    elif len(secret) > limits.WEBHOOK_SECRET_CHARACTERS:
        yield Problem(("secret",), "maxLength", limits.WEBHOOK_SECRET_CHARACTERS, len(secret))
    elif document.get("signature") == "token" and _TOKEN.fullmatch(secret) is None:
        yield Problem(("secret",), "pattern", _TOKEN.pattern, None)


def require_same_source(before: Document, after: Document) -> None:
    """Let a change pass that leaves the trigger bound to what it was made for.

    Raises:
        InvalidDocumentError: it names another source, or another type.
    """
    moved = [
        Problem((key,), "error", before.get(key), after.get(key), "Create another trigger for that")
        for key in _FIXED
        if before.get(key) != after.get(key)
    ]
    if moved:
        raise InvalidDocumentError(moved)


def _problems(document: Document) -> Iterator[Problem]:
    yield from string_problems(document, "name", limits.NAME_CHARACTERS)
    yield from boolean_problems(document, "enabled")
    yield from _qualifier_problems(document["qualifier"])
    if "maximum_age_s" in document:
        yield from integer_problems(("maximum_age_s",), document["maximum_age_s"], _AGES)
    if "batch_size" in document:
        yield from integer_problems(("batch_size",), document["batch_size"], _BATCHES)
    if "type" not in document:
        yield Problem(("type",), "required", None, "type")
        return
    wrong_type = list(choice_problems(document, "type", tuple(TriggerType)))
    yield from wrong_type
    if not wrong_type:
        yield from _RULES[TriggerType(cast("str", document["type"]))](document)


def _qualifier_problems(qualifier: JsonValue) -> Iterator[Problem]:
    if not isinstance(qualifier, str):
        yield Problem(("qualifier",), "type", "string", qualifier)
    elif qualifier != LATEST and number_of(qualifier) is None and not is_name(qualifier):
        message = f"A version number, the name of an alias, or {LATEST}"
        yield Problem(("qualifier",), "error", None, qualifier, message)


def _event_problems(document: Document) -> Iterator[Problem]:
    if "pattern" not in document:
        yield Problem(("pattern",), "required", None, "pattern")
    else:
        yield from pattern_problems(document["pattern"])


def _queue_problems(document: Document) -> Iterator[Problem]:
    if "queue_arn" in document:
        yield from _matching(document, "queue_arn", _QUEUE_ARN)


def _bucket_problems(document: Document) -> Iterator[Problem]:
    yield from _matching(document, "bucket", _BUCKET_NAME)
    for key in ("prefix", "suffix"):
        if key in document:
            yield from string_problems(document, key, _KEY_CHARACTERS)
    events = document.get("events", [BUCKET_EVENTS[0]])
    if not isinstance(events, list):
        yield Problem(("events",), "type", "array", events)
        return
    if not events:
        yield Problem(("events",), "minItems", 1, 0)
    for index, event in enumerate(events):
        if event not in BUCKET_EVENTS:
            yield Problem(("events", str(index)), "enum", list(BUCKET_EVENTS), event)


def _stream_problems(document: Document) -> Iterator[Problem]:
    yield from _matching(document, "stream_arn", _STREAM_ARN)
    yield from choice_problems(document, "starting_position", STARTING_POSITIONS)


def _topic_problems(document: Document) -> Iterator[Problem]:
    yield from _matching(document, "topic_arn", _TOPIC_ARN)


def _webhook_problems(document: Document) -> Iterator[Problem]:
    yield from choice_problems(document, "signature", SIGNATURES)


def _matching(document: Document, key: str, pattern: str) -> Iterator[Problem]:
    wrong = list(string_problems(document, key, _KEY_CHARACTERS))
    yield from wrong
    if not wrong and re.fullmatch(pattern, cast("str", document[key])) is None:
        yield Problem((key,), "pattern", pattern, document[key])


_RULES: Mapping[TriggerType, Callable[[Document], Iterator[Problem]]] = {
    TriggerType.SCHEDULE: schedule_problems,
    TriggerType.EVENT: _event_problems,
    TriggerType.QUEUE: _queue_problems,
    TriggerType.BUCKET: _bucket_problems,
    TriggerType.STREAM: _stream_problems,
    TriggerType.TOPIC: _topic_problems,
    TriggerType.WEBHOOK: _webhook_problems,
}
