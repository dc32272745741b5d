"""A trigger: binds a function to an event source, so that it runs when something happens there.

schedule, event (the installation's own bus), queue, bucket, stream, topic, webhook, http.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self, cast

from isolambda_core.domain import limits
from isolambda_core.domain.accounts.quotas import Quota
from isolambda_core.domain.documents import (
    Document,
)
from isolambda_core.domain.executions.callbacks import shown
from isolambda_core.domain.ids import first_execution_id
from isolambda_core.domain.revisions import etag_of
from isolambda_core.domain.triggers.schedules.schedule import (
    Schedule,
    schedule_of,
)
from isolambda_core.domain.triggers.types import (
    bucket,
    event,
    http,
    queue,
    schedule,
    stream,
    topic,
    webhook,
)
from isolambda_core.domain.triggers.types.rules import TypeRules


class TriggerType(StrEnum):
    """What a trigger listens to; a closed set, and its words never change."""

    SCHEDULE = "schedule"
    EVENT = "event"
    QUEUE = "queue"
    BUCKET = "bucket"
    STREAM = "stream"
    TOPIC = "topic"
    WEBHOOK = "webhook"
    HTTP = "http"


_QUOTAS: Mapping[TriggerType, Quota] = {
    TriggerType.EVENT: Quota.EVENT_TRIGGERS,
    TriggerType.BUCKET: Quota.BUCKET_TRIGGERS,
}
RULES: Mapping[TriggerType, TypeRules] = {
    TriggerType.SCHEDULE: schedule.RULES,
    TriggerType.EVENT: event.RULES,
    TriggerType.QUEUE: queue.RULES,
    TriggerType.BUCKET: bucket.RULES,
    TriggerType.STREAM: stream.RULES,
    TriggerType.TOPIC: topic.RULES,
    TriggerType.WEBHOOK: webhook.RULES,
    TriggerType.HTTP: http.RULES,
}
"""The rules of each type."""


@dataclass(frozen=True, slots=True)
class TriggerRef:
    """Which trigger, and what it is bound to: enough to unbind it once its document is gone.

    ``source`` is the ARN of the queue, stream or topic, or a path, None for the other types.
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
    ``secret`` is what the owner gave to check signatures with, and is never shown.
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
    def quotas(self) -> tuple[Quota, ...]:
        """What it counts for."""
        own = _QUOTAS.get(self.type)
        return (Quota.TRIGGERS,) if own is None else (Quota.TRIGGERS, own)

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
        """The ARN of the queue, stream or topic, or the path, that it has and no other trigger."""
        return self.own_queue_arn or named_source(self.account_id, self.document)

    @property
    def host(self) -> str | None:
        """The host that it answers at, of a trigger of type ``http``; None where it has a path."""
        return http.host_of(self.document) if self.type is TriggerType.HTTP else None

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
    def pattern(self) -> Document:
        """The event pattern that it subscribes to, of a type that listens to EventBridge."""
        pattern_of = RULES[self.type].pattern
        if pattern_of is None:
            raise NotImplementedError(self.type)
        return pattern_of(self.account_id, self.document)

    @property
    def address(self) -> Document:
        """What its rule or schedule puts beside an event, so that the dispatcher finds it."""
        return {
            "isolambda": self.type,
            "account_id": self.account_id,
            "function_id": self.function_id,
            "trigger_id": self.id,
        }

    @property
    def schedule(self) -> Schedule:
        """When a trigger of type ``schedule`` runs."""
        return schedule_of(self.document, self.created_at)

    @property
    def signature(self) -> str:
        """How deliveries to a webhook are signed, one of ``signatures.SIGNATURES``."""
        if self.type is TriggerType.HTTP:
            return http.auth_of(self.document)["signature"]
        return webhook.signature_of(self.document)

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
class TriggerEvent:
    """One event of a source.

    ``event_id`` tells it from all others of its trigger. ``at_ms`` is when it happened, in Unix
    milliseconds. Both are the same however often it is delivered, so that it runs once.
    ``payload`` is JSON text, what the function gets as ``call``. ``hops`` are as of ``Origin``.
    """

    event_id: str
    at_ms: int
    payload: str
    hops: int = 0


def named_source(account_id: str, document: Document) -> str | None:
    """Return the ARN of the queue, stream or topic, or the path, that a document names."""
    rules = RULES[TriggerType(cast("str", document["type"]))]
    if rules.source is not None:
        return rules.source(account_id, document)
    key = rules.source_key
    return None if key is None else cast("str | None", document.get(key))


def execution_id_of(trigger: TriggerRef, event: TriggerEvent) -> str:
    """Return the id of the execution that an event stands for, always the same."""
    text = f"{trigger.account_id}#{trigger.function_id}#{trigger.trigger_id}#{event.event_id}"
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    first = first_execution_id(event.at_ms)
    return first[:12] + digest[:20]


def derived_secret(installation_secret: bytes, trigger: TriggerRef) -> str:
    """Return the secret of a trigger whose owner gave none, in the form of Standard Webhooks."""
    label = f"webhook#{trigger.account_id}#{trigger.function_id}#{trigger.trigger_id}"
    return shown(hmac.digest(installation_secret, label.encode(), "sha256"))
