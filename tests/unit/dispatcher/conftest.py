"""A dispatcher that takes events as it does in Lambda."""

import pytest

from isolambda_dispatcher.batches import ItemResult
from isolambda_dispatcher.dispatcher import open_dispatcher
from tests.support.services import Machine
from tests.unit.dispatcher.dispatchers import EXECUTION_QUEUE, Awake, NotingConsumer


@pytest.fixture
def awake(machine: Machine) -> Awake:
    consumer, taken = NotingConsumer(), list[ItemResult]()
    dispatcher = open_dispatcher(
        machine.dispatch,
        machine.services.events,
        machine.services.triggers,
        consumer,
        taken.append,
        EXECUTION_QUEUE,
    )
    return Awake(machine, dispatcher, consumer, taken)
