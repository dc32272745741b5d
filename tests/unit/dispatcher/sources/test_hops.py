"""The hops that led to an event or a message come with it, and functions see nothing of them."""

from typing import Any

import pytest

from isolambda_core.domain.triggers.bus_events import resources_of
from isolambda_dispatcher.sources import event, queue
from tests.support.recorded import recorded
from tests.support.samples import ACCOUNT


def of_bus(*more: object) -> dict[str, Any]:
    return {**recorded("eventbridge_custom"), "resources": [*resources_of(ACCOUNT, 0), *more]}


def of_queue(**attributes: str) -> dict[str, Any]:
    [message, *_] = recorded("sqs")["Records"]
    given = {name.replace("_", "-"): {"stringValue": text} for name, text in attributes.items()}
    return {**message, "messageAttributes": {"own": {"stringValue": "mine"}, **given}}


def test_those_of_an_event_are_among_its_resources() -> None:
    read = event.read({**of_bus(), "resources": resources_of(ACCOUNT, 3)})

    assert (read.hops, "hops" in read.payload) == (3, False)


def test_those_of_a_message_are_an_attribute() -> None:
    read = queue.read(of_queue(isolambda_hops="3"))

    assert (read.hops, "hops" in read.payload, "mine" in read.payload) == (3, False, True)


@pytest.mark.parametrize("said", ["", "-3", "1e3", "\u0663", "3 ", "9" * 5_000])
def test_what_is_no_number_of_hops_counts_none(said: str) -> None:
    assert event.read(of_bus(f"isolambda:hops={said}", 7, None)).hops == 0
    assert queue.read(of_queue(isolambda_hops=said)).hops == 0


def test_an_event_without_resources_has_none() -> None:
    assert event.read({**of_bus(), "resources": "isolambda:hops=3"}).hops == 0
