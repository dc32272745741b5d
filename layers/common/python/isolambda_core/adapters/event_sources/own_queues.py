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
from isolambda_core.domain.json_text import dump

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_HIDDEN_S = 6 * DISPATCHER_S
"""AWS's advice; the dispatcher itself brings back sooner what it has not done."""
_KEPT_S = 4 * 24 * 3_600
_RECEIVES = 1_000
"""The most there are: the dispatcher puts to the dead letters what has failed for good."""


@dataclass(frozen=True, slots=True)
class Queues:
    """The queues of a stack's triggers."""

    client: "SQSClient"
    settings: SourceSettings

    def arn_for(self, trigger_id: str) -> str:
        """Return the ARN of a trigger's queue, be it there or not."""
        return queue_arn(self.settings, trigger_id)

    def url_of(self, arn: str) -> str:
        """Return the URL of a queue."""
        return queue_url(self.settings, arn)

    def make(self, arn: str) -> None:
        """Make a queue; one that is there becomes as it would be made now.

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

    def send(self, arn: str, bodies: Sequence[str]) -> Sequence[str | None]:
        """Put messages into a queue; see ``EventSources.send``."""

        def send(batch: Sequence[str]) -> Sequence[str | None]:
            answer = self.client.send_message_batch(
                QueueUrl=self.url_of(arn),
                Entries=[{"Id": str(n), "MessageBody": body} for n, body in enumerate(batch)],
            )
            ids = {entry["Id"]: entry["MessageId"] for entry in answer.get("Successful", [])}
            return [ids.get(str(n)) for n in range(len(batch))]

        return send_all(bodies, lambda body: len(body.encode("utf-8", "surrogatepass")), send)
