"""The contract of ``Store.dependents``."""

from dataclasses import fields
from inspect import signature

from tests.support.stores import Store


def test_every_repository_that_can_forget_a_function_is_a_dependent(store: Store) -> None:
    repositories = [getattr(store, each.name) for each in fields(store)]
    forgetting = [
        each
        for each in repositories
        if hasattr(each, "remove_all") and "function_id" in signature(each.remove_all).parameters
    ]

    assert store.aliases in forgetting
    assert [each for each in forgetting if each not in store.dependents] == []
