"""Who acts is as the door says, at the moment of each change, and only behind that door."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from isolambda_core.domain.acting import PLATFORM, Actor, acting, current_actor

CALLER, OPERATOR = Actor("1" * 32, "a" * 32), Actor(operator="ada")


def test_without_a_door_the_platform_acts() -> None:
    assert current_actor() == PLATFORM


def test_a_door_within_another_counts_until_it_closes() -> None:
    with acting(lambda: CALLER):
        with acting(lambda: OPERATOR):
            assert current_actor() == OPERATOR
        assert current_actor() == CALLER
    assert current_actor() == PLATFORM


def test_a_caller_who_is_known_only_later_acts_from_then_on() -> None:
    known = [PLATFORM]
    with acting(lambda: known[-1]):
        assert current_actor() == PLATFORM
        known.append(CALLER)
        assert current_actor() == CALLER


def test_a_thread_that_works_for_a_request_acts_for_it_and_a_thread_of_its_own_does_not() -> None:
    with ThreadPoolExecutor(1) as pool, acting(lambda: CALLER):
        assert pool.submit(copy_context().run, current_actor).result() == CALLER
        assert pool.submit(current_actor).result() == PLATFORM
