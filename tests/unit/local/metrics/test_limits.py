"""Each error that is about a limit names that limit, and no other one."""

from collections.abc import Iterator

from isolambda_api.codemash.errors import InputTooLargeError, TextsTooLargeError
from isolambda_api.http.errors import UnauthenticatedBodyTooLargeError
from isolambda_local.metrics.families import LIMITS
from isolambda_local.metrics.limits import NAMES

OF_THE_SAME_LIMIT = {UnauthenticatedBodyTooLargeError, InputTooLargeError, TextsTooLargeError}


def below(kind: type[Exception]) -> Iterator[type[Exception]]:
    for each in kind.__subclasses__():
        yield each
        yield from below(each)


def test_an_error_below_another_one_has_a_limit_of_its_own() -> None:
    kinds = {each for kind in NAMES for each in below(kind)}

    assert kinds - NAMES.keys() == OF_THE_SAME_LIMIT


def test_each_name_is_a_label() -> None:
    assert set(NAMES.values()) <= set(LIMITS)
