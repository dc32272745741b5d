"""The supervisor that the cases of this process run under."""

from collections.abc import Iterator

import pytest

from isolambda_executor.supervisor import Supervisor


@pytest.fixture(scope="session")
def supervisor() -> Iterator[Supervisor]:
    with Supervisor(workers=1) as supervisor:
        yield supervisor
