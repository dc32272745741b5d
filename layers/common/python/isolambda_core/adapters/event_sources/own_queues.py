"""Queues that are made for triggers of type ``queue``, called ``{stack}-trigger-{trigger}``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isolambda_core.adapters.event_sources.batches import send_all
from isolambda_core.adapters.event_sources.errors import (
    errors_mapped,
    ignoring_missing,
)
from isolambda_core.adapters.event_sources.names import (
    name_of,
    queue_arn,
    queue_url,
)
from isolambda_core.adapters.event_sources.source_authorizer import DISPATCHER_S
from isolambda_core.config import SourceSettings
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.hops import HOPS_ATTRIBUTE
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.triggers.triggers import Trigger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef

_HIDDEN_S = 6 * DISPATCHER_S
"""AWS's advice; the dispatcher makes a message that it has not done visible sooner."""
_KEPT_S = 4 * 24 * 3_600
_RECEIVES = 1_000
"""The most that SQS takes: the dispatcher itself sends to the dead letters what failed for good."""


@dataclass(frozen=True, slots=True)
class OwnSqsQueues:
    """The queues that a stack makes for triggers."""

    client: "SQSClient"
    settings: SourceSettings

    def arn_for(self, trigger_id: str) -> str:
        """Return the ARN of a trigger's queue, whether it exists or not."""
        return queue_arn(self.settings, trigger_id)

    def url_of(self, arn: str) -> str:
        """Return the URL of a queue."""
        return queue_url(self.settings, arn)

    def make(self, arn: str) -> None:
        """Make a queue, or give the one that is there the attributes of a new one.

        Raises:
            SourcesUnavailableError: SQS did not answer, or refused.
        """
        redrive: Document = {
            "deadLetterTargetArn": self.settings.dead_letter_queue_arn,
            "maxReceiveCount": _RECEIVES,
        }
        with errors_mapped():
            # Without attributes, which SQS would compare with those of one that is there.
            made = self.client.create_queue(QueueName=name_of(arn))
            self.client.set_queue_attributes(
                QueueUrl=made["QueueUrl"],
                Attributes={
                    "VisibilityTimeout": str(_HIDDEN_S),
                    "MessageRetentionPeriod": str(_KEPT_S),
                    "SqsManagedSseEnabled": "true",
                    "RedrivePolicy": dump(redrive),
                },
            )

    def remove(self, arn: str) -> None:
        """Remove a queue and what waits in it.

        Raises:
            SourcesUnavailableError: SQS did not answer, or refused.
        """
        with errors_mapped(), ignoring_missing():
            self.client.delete_queue(QueueUrl=self.url_of(arn))

    def send(self, trigger: Trigger, bodies: Sequence[str], hops: int = 0) -> Sequence[str | None]:
        """Put messages into a trigger's queue; see ``EventSources.send``."""
        url = self.url_of(self.arn_for(trigger.id))
        attributes: dict[str, MessageAttributeValueTypeDef] = {}
        beside = 0
        if hops:
            attributes[HOPS_ATTRIBUTE] = {"DataType": "Number", "StringValue": f"{hops}"}
            beside = len(f"{HOPS_ATTRIBUTE}Number{hops}")

        def send(batch: Sequence[str]) -> Sequence[str | None]:
            answer = self.client.send_message_batch(
                QueueUrl=url,
                Entries=[
                    {"Id": str(n), "MessageBody": body, "MessageAttributes": attributes}
                    for n, body in enumerate(batch)
                ],
            )
            ids = {entry["Id"]: entry["MessageId"] for entry in answer.get("Successful", [])}
            return [ids.get(str(n)) for n in range(len(batch))]

        def size_of(body: str) -> int:
            return len(body.encode("utf-8", "surrogatepass")) + beside

        return send_all(bodies, size_of, send)
