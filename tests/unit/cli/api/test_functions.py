"""Which function a word means."""

import re

import pytest

from isolambda_cli.api.client import Api
from isolambda_cli.api.functions import UnknownFunctionError, find_function
from tests.unit.cli.fake_api import FakeApi, data

GREET = {"id": "1" * 32, "name": "greet", "enabled": True}


def test_an_id_is_looked_up(fake: FakeApi, api: Api) -> None:
    fake.handlers = {f"GET functions/{GREET['id']}": data(GREET)}

    assert find_function(api, "1" * 32) == GREET


def test_a_name_that_one_function_has_is_that_function(fake: FakeApi, api: Api) -> None:
    fake.handlers = {"GET functions": data([GREET])}

    assert find_function(api, "greet") == GREET
    assert fake.requests[0].url.params["filter_name"] == "greet"


def test_a_name_that_two_have_is_refused_with_both_ids(fake: FakeApi, api: Api) -> None:
    fake.handlers = {"GET functions": data([GREET, {**GREET, "id": "2" * 32}])}

    message = f"2 functions are called 'greet'; say which: {'1' * 32}, {'2' * 32}"
    with pytest.raises(UnknownFunctionError, match=re.escape(message)):
        find_function(api, "greet")


@pytest.mark.parametrize(
    ("word", "hint"),
    [("gret", "do you mean 'greet'?"), ("x", "isolambda functions lists what there is")],
)
def test_a_name_that_none_has_is_refused_with_a_hint(
    fake: FakeApi, api: Api, word: str, hint: str
) -> None:
    fake.handlers = {
        "GET functions": lambda request: data(
            [] if "filter_name" in request.url.params else [GREET]
        )
    }

    with pytest.raises(UnknownFunctionError) as caught:
        find_function(api, word)

    assert str(caught.value) == f"no function is called {word!r}; {hint}"
