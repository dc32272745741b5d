"""The queue of asynchronous executions, in Amazon SQS: who sends to it, and who receives."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from math import ceil
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from isolambda_core.adapters.client_config import configured
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.ids import MS_MAX, is_id
from isolambda_core.domain.json_text import InvalidJsonError, dump, parse
from isolambda_core.domain.queued import QueuedExecution
from isolambda_core.domain.wire import MalformedMessageError

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_sqs import SQSClient

_BODY_CHARACTERS = 1_024
"""Far longer than any message of ours."""
_POSTPONED_S_MAX = 43_000
"""SQS hides a message for 12 hours at the most, counted from when it was received."""


def client_config() -> "Config":
    """Return what the client should be made with: an answer or an error within about 10 seconds.

    Trying again is safe: a message that is there twice is performed once.
    """
    return configured(
        connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3}
    )


@dataclass(frozen=True, slots=True)
class SqsExecutionQueue:
    """The port ``ExecutionQueue``."""

    client: "SQSClient"
    queue_url: str

    def send(self, message: QueuedExecution) -> None:
        """Put a message into the queue; see ``ExecutionQueue.send``."""
        with _errors_mapped():
            self.client.send_message(QueueUrl=self.queue_url, MessageBody=dump(asdict(message)))


@dataclass(frozen=True, slots=True)
class SqsConsumer:
    """What is done with messages that came from a queue; deleting them is left to Lambda.

    Every method raises ``StoreUnavailableError`` when SQS does not answer, or refuses. The message
    then comes again once the queue's visibility timeout is over.
    """

    client: "SQSClient"
    queue_url: str
    dead_letter_queue_url: str

    def postpone(self, receipt_handle: str, after_s: float) -> None:
        """Have a message come again after ``after_s``, in whole seconds, up to half a day."""
        with _errors_mapped():
            self.client.change_message_visibility(
                QueueUrl=self.queue_url,
                ReceiptHandle=receipt_handle,
                VisibilityTimeout=min(max(ceil(after_s), 0), _POSTPONED_S_MAX),
            )

    def bury(self, body: str) -> None:
        """Put a message to the dead letters, as it came."""
        with _errors_mapped():
            self.client.send_message(QueueUrl=self.dead_letter_queue_url, MessageBody=body)


def read_message(body: str) -> QueuedExecution:
    """Return what :meth:`SqsExecutionQueue.send` sent; a newer one may send more than is read here.

    Raises:
        MalformedMessageError: the body is not ours.
    """
    if len(body) > _BODY_CHARACTERS:
        raise MalformedMessageError("longer than any message of ours")
    try:
        fields = parse(body)
    except InvalidJsonError as error:
        raise MalformedMessageError("not JSON") from error
    match fields:
        case {
            "account_id": str(account_id),
            "function_id": str(function_id),
            "execution_id": str(execution_id),
            "sent_at_ms": int(sent_at_ms),
        } if (
            all(map(is_id, (account_id, function_id, execution_id)))
            and not isinstance(sent_at_ms, bool)
            and 0 <= sent_at_ms <= MS_MAX
        ):
            return QueuedExecution(account_id, function_id, execution_id, sent_at_ms)
    raise MalformedMessageError("not a queued execution")


@contextmanager
def _errors_mapped() -> Iterator[None]:
    try:
        yield
    except (ClientError, NoConnectionError, HTTPClientError) as error:
        raise StoreUnavailableError from error
