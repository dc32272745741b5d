"""The dead letters of a stack, in Amazon SQS."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isolambda_core.adapters.aws.sqs_queue import errors_mapped
from isolambda_core.adapters.codecs.dead_letters import read_letter
from isolambda_core.domain.queue.dead_letters import DeadLetter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_AT_ONCE = 10
_HIDDEN_S = 60
"""How long SQS hides letters from other consumers at the most, while this one receives the rest."""
_WAIT_S = 1
"""How long to wait for one more; without a wait SQS asks only some of its servers."""


@dataclass(frozen=True, slots=True)
class SqsDeadLetters:
    """The port ``DeadLetters``; ``execution_queue_url`` is that of the queue of executions.

    SQS moves messages of triggers' queues here, too. Their bodies are not Isolambda's.
    """

    client: "SQSClient"
    queue_url: str
    execution_queue_url: str

    def list(self, limit: int) -> Sequence[DeadLetter]:
        """Return dead letters, which others can receive at once; see ``DeadLetters.list``."""
        found: dict[str, MessageTypeDef] = {}
        with errors_mapped():
            while len(found) < limit:
                received = self._receive()
                if not received:
                    break
                found |= {message["MessageId"]: message for message in received}
            messages = list(found.values())
            for start in range(0, len(messages), _AT_ONCE):
                self._show(messages[start : start + _AT_ONCE])
        letters = [self._letter(message) for message in messages[:limit]]
        return sorted(letters, key=lambda letter: letter.died_at_ms)

    def remove(self, letter: DeadLetter) -> None:
        """Delete a letter; see ``DeadLetters.remove``."""
        with errors_mapped():
            self.client.delete_message(QueueUrl=self.queue_url, ReceiptHandle=letter.handle)

    def _receive(self) -> "Sequence[MessageTypeDef]":
        answer = self.client.receive_message(
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=_AT_ONCE,
            VisibilityTimeout=_HIDDEN_S,
            WaitTimeSeconds=_WAIT_S,
            MessageSystemAttributeNames=["SentTimestamp", "DeadLetterQueueSourceArn"],
            MessageAttributeNames=["ERROR_CODE"],
        )
        return answer.get("Messages", [])

    def _show(self, messages: "Sequence[MessageTypeDef]") -> None:
        self.client.change_message_visibility_batch(
            QueueUrl=self.queue_url,
            Entries=[
                {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
                for n, message in enumerate(messages)
            ],
        )

    def _letter(self, message: "MessageTypeDef") -> DeadLetter:
        handle, about = message["ReceiptHandle"], message["Attributes"]
        died_at_ms = int(about["SentTimestamp"])
        source = about.get("DeadLetterQueueSourceArn", "").rpartition(":")[2]
        if source and source != self.execution_queue_url.rpartition("/")[2]:
            return DeadLetter(handle, died_at_ms, reason=f"from the queue {source}")
        # EventBridge writes here why it could not deliver an event.
        attributes = message.get("MessageAttributes", {})
        code = attributes.get("ERROR_CODE")
        reason = None if code is None else code.get("StringValue")
        return read_letter(handle, died_at_ms, message["Body"], reason)
