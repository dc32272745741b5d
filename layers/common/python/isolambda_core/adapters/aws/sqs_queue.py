"""The execution queue in Amazon SQS: how to send to it, and how to handle its messages."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from isolambda_core.adapters.aws.clients import configured
from isolambda_core.adapters.codecs.messages import dump_message
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.queue.messages import QueuedMessage

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_sqs import SQSClient

_DELAYED_S_MAX = 900
"""SQS delays a message by 15 minutes at the most."""
_VISIBILITY_S_MAX = 43_000
"""SQS hides a message for 12 hours at the most, counted from when it was received."""


def client_config() -> "Config":
    """Return the configuration of the client: an answer or an error within about 10 seconds.

    A second try is safe: the dispatcher performs once a message that is there twice.
    """
    return configured(
        connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3}
    )


@dataclass(frozen=True, slots=True)
class SqsExecutionQueue:
    """The port ``ExecutionQueue``.

    ``tenant_of`` returns the tenant of an account. Each message is in the message group of its
    tenant: SQS then delivers a tenant's messages behind those of others while that tenant takes
    more than its part of the consumers (a fair queue).
    """

    client: "SQSClient"
    queue_url: str
    tenant_of: Callable[[str], str]

    def send(self, message: QueuedMessage, after_s: int = 0) -> None:
        """Put a message into the queue, for up to 15 minutes; see ``ExecutionQueue.send``."""
        group = self.tenant_of(message.account_id)
        with errors_mapped():
            self.client.send_message(
                QueueUrl=self.queue_url,
                MessageBody=dump_message(message),
                DelaySeconds=min(after_s, _DELAYED_S_MAX),
                MessageGroupId=group,
            )


@dataclass(frozen=True, slots=True)
class SqsConsumer:
    """The port ``Consumer``, for the queues of one region; Lambda deletes messages."""

    client: "SQSClient"
    dead_letter_queue_url: str

    def change_visibility(self, queue_arn: str, receipt_handle: str, after_s: float) -> None:
        """Have a message come again later; see ``Consumer.change_visibility``."""
        with errors_mapped():
            self.client.change_message_visibility(
                QueueUrl=url_of(queue_arn, self.dead_letter_queue_url),
                ReceiptHandle=receipt_handle,
                VisibilityTimeout=min(max(ceil(after_s), 0), _VISIBILITY_S_MAX),
            )

    def send_to_dlq(self, body: str) -> None:
        """Put a message to the dead letters; see ``Consumer.send_to_dlq``."""
        with errors_mapped():
            self.client.send_message(QueueUrl=self.dead_letter_queue_url, MessageBody=body)


def url_of(queue_arn: str, own_url: str) -> str:
    """Return the URL of a queue, in the form of the URL of a queue of this stack."""
    account, name = queue_arn.split(":")[-2:]
    return f"{own_url.rsplit('/', 2)[0]}/{account}/{name}"


@contextmanager
def errors_mapped() -> Iterator[None]:
    """Raise ``StoreUnavailableError`` for each error of SQS, and of the way to it."""
    try:
        yield
    except (ClientError, NoConnectionError, HTTPClientError) as error:
        raise StoreUnavailableError from error
