"""A dispatcher that takes events as it does in Lambda."""

import pytest

from isolambda_core.services.triggers.reconciler import open_reconciler
from isolambda_dispatcher.batches import Batches, ItemResult
from isolambda_dispatcher.dispatcher import Dispatcher
from isolambda_dispatcher.sources.executions import CALLBACK, EXECUTION, ExecutionSource
from tests.support.services import Machine
from tests.unit.dispatcher.dispatchers import (
    CALLBACK_QUEUE,
    EXECUTION_QUEUE,
    NotingConsumer,
    NotingQueue,
    ObservedDispatcher,
)


@pytest.fixture
def dispatcher(machine: Machine) -> ObservedDispatcher:
    consumer, taken = NotingConsumer(), list[ItemResult]()
    local = machine.store
    reconciler = open_reconciler(local, machine.sources, local.queue, machine.clock)
    reconcile, to_call_back = reconciler.reconcile, NotingQueue()
    executions = ExecutionSource(
        EXECUTION, machine.dispatch.perform, reconcile, consumer, to_call_back
    )
    callbacks = ExecutionSource(
        CALLBACK, machine.dispatch.call_back, reconcile, consumer, to_call_back
    )
    dispatcher = Dispatcher(
        local.triggers,
        machine.services.events,
        machine.dispatch.perform,
        consumer,
        Batches(taken.append),
        machine.clock,
        {EXECUTION_QUEUE: executions, CALLBACK_QUEUE: callbacks},
    )
    return ObservedDispatcher(machine, dispatcher, consumer, to_call_back, taken)
