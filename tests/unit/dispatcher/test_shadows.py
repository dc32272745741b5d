"""The queue of shadows, as Lambda hands it to the dispatcher."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from isolambda_core.adapters.codecs.shadow_messages import dump_shadow_message
from isolambda_core.domain.queue.messages import Acknowledge, Disposition, Retry
from isolambda_core.domain.shadows.messages import QueuedShadow
from isolambda_dispatcher.sources.shadows import ShadowSource
from tests.unit.dispatcher.dispatchers import ObservedDispatcher, failed

QUEUE = "arn:aws:sqs:us-east-1:123456789012:shadows"
MESSAGE = QueuedShadow("a" * 32, "f" * 32, "1" * 32, "live", 1, 5)


@dataclass
class Performing:
    disposition: Disposition = field(default_factory=Acknowledge)
    performed: list[QueuedShadow] = field(default_factory=list)

    def perform(self, message: QueuedShadow) -> Disposition:
        self.performed.append(message)
        return self.disposition


def event(body: str) -> Any:
    return {
        "Records": [
            {
                "messageId": "m1",
                "receiptHandle": "r1",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSource": "aws:sqs",
                "eventSourceARN": QUEUE,
            }
        ]
    }


@pytest.mark.parametrize(
    ("disposition", "stays"), [(Acknowledge(), failed()), (Retry(1.0), failed("m1"))]
)
def test_a_message_is_performed_and_stays_where_it_is_to_come_again(
    dispatcher: ObservedDispatcher, disposition: Disposition, stays: Any
) -> None:
    service: Any = Performing(disposition)
    source = ShadowSource(service, dispatcher.consumer)
    dispatcher.dispatcher = replace(dispatcher.dispatcher, own_queues={QUEUE: source})

    answer = dispatcher.handle(event(dump_shadow_message(MESSAGE)))

    assert answer == stays
    assert service.performed == [MESSAGE]
    assert [taken.source for taken in dispatcher.taken] == ["shadow"]


def test_what_is_not_ours_is_forgotten(dispatcher: ObservedDispatcher) -> None:
    service: Any = Performing()
    source = ShadowSource(service, dispatcher.consumer)
    dispatcher.dispatcher = replace(dispatcher.dispatcher, own_queues={QUEUE: source})

    assert dispatcher.handle(event("{}")) == failed()
    assert service.performed == []
    assert dispatcher.consumer.dead_lettered == []
