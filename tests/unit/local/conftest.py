"""One machine whose clock stands still until it is set."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.functions.functions import (
    Function,
    validated_function,
)
from isolambda_local.sqlite import open_store
from tests.support.clocks import SetClock
from tests.support.local_runtime import START_MS, SteppedRuntime, runtime_on
from tests.support.samples import ACCOUNT, FUNCTION, OTHER_ACCOUNT


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[SteppedRuntime]:
    """A machine with a function in each of two accounts."""
    with closing(open_store(None)) as store:
        for account_id in (ACCOUNT, OTHER_ACCOUNT):
            store.accounts.add(Account(account_id, {"name": "n", "enabled": True}, 1, 1))
            document = validated_function({"name": "n", "function_js": "return 1"})
            store.functions.add(Function(account_id, FUNCTION, document, 1, 1, 1))
        yield runtime_on(store, tmp_path, SetClock(START_MS))
