"""One worker process for all tests of a module."""

from collections.abc import Iterator

import pytest

from isolambda_cli.testing.isolates import Isolates, open_isolates


@pytest.fixture(scope="module")
def isolates() -> Iterator[Isolates]:
    with open_isolates() as opened:
        yield opened
