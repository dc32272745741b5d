"""A dispatcher that takes events as it does in Lambda."""

import pytest

from isolambda_core.services.triggers.reconciler import open_reconciler
from isolambda_dispatcher.batches import Batches, ItemResult
from isolambda_dispatcher.dispatcher import Dispatcher
from tests.support.services import Machine
from tests.unit.dispatcher.dispatchers import EXECUTION_QUEUE, NotingConsumer, ObservedDispatcher


@pytest.fixture
def dispatcher(machine: Machine) -> ObservedDispatcher:
    consumer, taken = NotingConsumer(), list[ItemResult]()
    local = machine.store
    reconciler = open_reconciler(local, machine.sources, local.queue, machine.clock)
    dispatcher = Dispatcher(
        local.triggers,
        machine.services.events,
        machine.dispatch.perform,
        reconciler.reconcile,
        consumer,
        Batches(taken.append),
        machine.clock,
        EXECUTION_QUEUE,
    )
    return ObservedDispatcher(machine, dispatcher, consumer, taken)
