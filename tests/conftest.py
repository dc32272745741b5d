"""For all suites."""

import gc
import platform
import signal
import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import cache
from threading import Lock

import httpcore2
import pytest
from botocore.loaders import create_loader
from botocore.useragent import sanitize_user_agent_string_component

from infra.build import python313
from isolambda_local.sqlite import migrations
from tests.stack.local_aws import PROGRAM
from tests.stack.stack import BUILT_TEMPLATE, Stack, deployed
from tests.support.skips import pytest_addoption, pytest_terminal_summary  # noqa: F401 - hooks

MACHINE = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())

# What two suites share explains a failed assertion as a test does.
pytest.register_assert_rewrite("tests.cases.checks")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage among what all tests are made of: none of it goes before the run ends."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


# One fixture for all of it: pytest looks up each for each test.
@pytest.fixture(scope="session", autouse=True)
def _of_the_session() -> Iterator[None]:
    """Take SIGINT, and make once what otherwise each test makes alike."""
    # A run in the background of a script ignores it, and with it all it starts.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    certificates = httpcore2.default_ssl_context()
    sanitize = "botocore.useragent.sanitize_user_agent_string_component"
    with (
        closing(sqlite3.connect(":memory:", check_same_thread=False)) as made,
        pytest.MonkeyPatch.context() as patch,
    ):
        # What botocore reads about AWS's services: megabytes of JSON, for each of its sessions.
        patch.setattr("botocore.session.create_loader", cache(create_loader))
        # What botocore cleans of `User-Agent`, character by character, for each request.
        patch.setattr(sanitize, cache(sanitize_user_agent_string_component))
        # The certificates of this machine, which httpx loads for each client, used or not.
        patch.setattr("httpcore2.default_ssl_context", lambda **_: certificates)
        patch.setattr("isolambda_local.sqlite.database.prepare", _copy_of_tables(made))
        yield


def _copy_of_tables(made: sqlite3.Connection) -> Callable[[sqlite3.Connection], None]:
    """Copy the tables of the first database in memory into the others; files make their own."""
    one_at_a_time = Lock()

    def prepare(connection: sqlite3.Connection) -> None:
        [(_, _, path)] = connection.execute("PRAGMA database_list")
        if path:
            migrations.prepare(connection)
            return
        with one_at_a_time:
            if _version_of(made) == migrations.SCHEMA_VERSION:
                made.backup(connection)
            else:
                migrations.prepare(connection)
                connection.backup(made)

    return prepare


def _version_of(connection: sqlite3.Connection) -> int:
    [(version,)] = connection.execute("PRAGMA user_version")
    return int(version)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The stack on a local AWS, with token buckets that are counted and never empty."""
    if python313.find() is None:
        pytest.skip(f"{python313.NONE_HERE}: THE STACK WAS NOT TESTED; install python3.13")
    built = [stamp.name for stamp in BUILT_TEMPLATE.parent.glob(".built-*")]
    if not built or not PROGRAM.exists():
        pytest.fail("the stack is built, and a local AWS installed, by `make test-stack`: run that")
    if not any(name.startswith(f".built-{MACHINE}-") for name in built):
        pytest.skip("BUILT FOR ANOTHER PROCESSOR: THE STACK WAS NOT TESTED on this machine")
    with deployed(
        BucketTokens="1000000", BucketTokensPerSecond="1", DispatcherConcurrency="2"
    ) as made:
        yield made
