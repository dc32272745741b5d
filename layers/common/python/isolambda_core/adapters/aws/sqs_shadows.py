"""The queue of shadows in SQS."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING

from isolambda_core.adapters.aws.sqs_queue import errors_mapped
from isolambda_core.adapters.codecs.shadow_messages import dump_shadow_message
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.shadows.messages import QueuedShadow
from isolambda_core.domain.shadows.shadowed import Shadowed
from isolambda_core.ports.clock import Clock

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SqsShadowQueue:
    """The port ``ShadowQueue``.

    It sends on a thread, while the record is written: a Lambda that has answered does nothing more.
    ``tenant_of`` is as in ``SqsExecutionQueue``.
    """

    client: "SQSClient"
    queue_url: str
    tenant_of: Callable[[str], str]
    clock: Clock

    def begin(self, shadowed: Shadowed) -> Callable[[], None]:
        """Begin to send the message of an execution; see ``ShadowQueue.begin``."""
        thread = Thread(target=self._send, args=(shadowed,), name="shadow")
        try:
            thread.start()
        except RuntimeError:  # the system has no room for it
            return partial(self._send, shadowed)
        return thread.join

    def _send(self, shadowed: Shadowed) -> None:
        alias, execution_id = shadowed.alias, shadowed.record.execution_id
        message = QueuedShadow(
            alias.account_id,
            alias.function_id,
            execution_id,
            alias.name,
            alias.revision,
            self.clock.now_ms(),
        )
        try:
            with errors_mapped():
                self.client.send_message(
                    QueueUrl=self.queue_url,
                    MessageBody=dump_shadow_message(message),
                    MessageGroupId=self.tenant_of(alias.account_id),
                )
        except IsolambdaError:
            line = {"execution_id": execution_id}
            _log.warning("%(execution_id)s is not repeated: no queue", line, extra=line)
