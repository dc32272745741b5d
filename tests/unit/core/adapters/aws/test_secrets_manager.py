"""The secret of an installation: in AWS Secrets Manager, and in a file of one machine."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.stub import Stubber

from isolambda_core.adapters.aws.secrets_manager import (
    SecretsManagerSecret,
    client_config,
)
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_local.secrets.installation_secret import (
    DamagedSecretError,
    open_secret,
)
from tests.support.aws import SESSION, emulation

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

KEPT = "s" * 64

OPEN_MANY = """
import sys
from pathlib import Path
from isolambda_local.secrets.installation_secret import open_secret

print("ready", flush=True)
sys.stdin.readline()
for directory in sys.argv[1:]:
    print(open_secret(Path(directory)).read().hex())
"""


@pytest.fixture
def client() -> Iterator["SecretsManagerClient"]:
    with emulation():
        yield SESSION.client("secretsmanager", config=client_config())


@pytest.fixture
def in_aws(client: "SecretsManagerClient") -> SecretsManagerSecret:
    arn = client.create_secret(Name="installation", SecretString=KEPT)["ARN"]
    return SecretsManagerSecret(client, arn)


@pytest.fixture
def reads(client: "SecretsManagerClient") -> list[str]:
    """Return what Secrets Manager is asked from now on."""
    made: list[str] = []

    def note(model: Any, **_: object) -> None:
        made.append(model.name)

    client.meta.events.register("provide-client-params.secretsmanager", note)
    return made


def test_secrets_manager_is_asked_once(in_aws: SecretsManagerSecret, reads: list[str]) -> None:
    assert reads == []

    assert [in_aws.read() for _ in range(3)] == [KEPT.encode()] * 3

    assert reads == ["GetSecretValue"]


def test_secrets_manager_is_asked_once_by_many_threads(
    client: "SecretsManagerClient", reads: list[str]
) -> None:
    client.create_secret(Name="installation", SecretString=KEPT)
    reads.clear()
    start = Barrier(8)

    def read(secret: SecretsManagerSecret) -> bytes:
        start.wait()
        return secret.read()

    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            secret = SecretsManagerSecret(client, "installation")
            assert list(pool.map(read, [secret] * 8)) == [KEPT.encode()] * 8

    assert reads == ["GetSecretValue"] * 5


def test_a_secret_that_is_not_there_makes_the_store_unavailable(
    client: "SecretsManagerClient",
) -> None:
    with pytest.raises(StoreUnavailableError):
        SecretsManagerSecret(client, "installation").read()


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "DecryptionFailure", "ThrottlingException"]
)
def test_what_secrets_manager_refuses_makes_the_store_unavailable_until_it_does_not(
    client: "SecretsManagerClient", in_aws: SecretsManagerSecret, code: str
) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("get_secret_value", code)
        with pytest.raises(StoreUnavailableError):
            in_aws.read()

    assert in_aws.read() == KEPT.encode()


@pytest.mark.parametrize(
    "failure",
    [
        EndpointConnectionError(endpoint_url="https://secretsmanager"),
        ConnectTimeoutError(endpoint_url="https://secretsmanager"),
        ReadTimeoutError(endpoint_url="https://secretsmanager"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_no_way_to_secrets_manager_makes_the_store_unavailable(
    client: "SecretsManagerClient", in_aws: SecretsManagerSecret, failure: Exception
) -> None:
    def fail(**_: object) -> None:
        raise failure

    client.meta.events.register_first("before-send.secrets-manager.GetSecretValue", fail)
    # No second try, since botocore sleeps before it.
    client.meta.events.unregister(
        "needs-retry.secrets-manager", unique_id="retry-config-secrets-manager"
    )

    with pytest.raises(StoreUnavailableError) as caught:
        in_aws.read()

    assert caught.value.__cause__ is failure


def test_the_client_gives_up_within_the_time_of_a_request() -> None:
    config: Any = client_config()

    attempts = config.retries["total_max_attempts"]
    assert (config.connect_timeout + config.read_timeout) * attempts < 29


def test_a_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    made = open_secret(tmp_path)

    [path] = tmp_path.iterdir()
    assert path.name == "secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(made.read()) == 32
    assert open_secret(tmp_path) == made
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]


def test_no_two_machines_have_the_same(tmp_path: Path) -> None:
    made = set()
    for number in range(10):
        (tmp_path / f"{number}").mkdir()
        made.add(open_secret(tmp_path / f"{number}").read())

    assert len(made) == 10


def test_neither_shows_the_secret(tmp_path: Path, in_aws: SecretsManagerSecret) -> None:
    in_file = open_secret(tmp_path)

    assert in_file.read().hex() not in repr(in_file)
    assert repr(in_file.read()) not in repr(in_file)
    in_aws.read()
    assert KEPT not in repr(in_aws)


def test_processes_that_start_at_once_end_with_the_same(tmp_path: Path) -> None:
    directories = [tmp_path / f"{number}" for number in range(100)]
    for directory in directories:
        directory.mkdir()
    command = [sys.executable, "-c", OPEN_MANY, *map(str, directories)]

    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(4)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        printed = [process.communicate()[0].split() for process in processes]

    assert printed == [[open_secret(directory).read().hex() for directory in directories]] * 4
    assert {entry.name for directory in directories for entry in directory.iterdir()} == {"secret"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"0" * 63 + b"\n",
        b"0" * 64,
        b"0" * 65 + b"\n",
        b"0" * 64 + b"\n\n",
        b"A" * 64 + b"\n",
        b"\xff" * 64 + b"\n",
        b"\x00" * 65,
    ],
    ids=["empty", "a line", "short", "cut off", "long", "two lines", "capitals", "binary", "zeros"],
)
def test_a_damaged_file_is_reported_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)

    with pytest.raises(DamagedSecretError, match="the file secret is damaged"):
        open_secret(tmp_path)

    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_and_its_name_are_on_the_disk_when_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bool] = []

    def note(descriptor: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))

    monkeypatch.setattr("os.fsync", note)
    open_secret(tmp_path)

    assert synced == [False, True]


def test_a_full_disk_leaves_no_half_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", fail)
        with pytest.raises(OSError, match="No space left"):
            open_secret(tmp_path)
    assert list(tmp_path.iterdir()) == []

    assert open_secret(tmp_path) == open_secret(tmp_path)
