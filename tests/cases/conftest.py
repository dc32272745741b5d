"""The supervisor that the cases of this process run under."""

from collections.abc import Iterator

import pytest

from isolambda_executor.supervisor import Supervisor


@pytest.fixture(scope="session")
def supervisor() -> Iterator[Supervisor]:
    # One for the account of the cases, and one for another: each keeps its own.
    with Supervisor(workers=2) as supervisor:
        yield supervisor
