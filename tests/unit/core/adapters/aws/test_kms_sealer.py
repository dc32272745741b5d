"""Secrets under a key of KMS: what KMS is asked, what it refuses, and moving to it and away."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from moto import mock_aws

from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.aws.kms_sealer import KmsSealer
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.limits import SECRET_KEY_S, SECRET_KEYS
from isolambda_core.domain.secrets.errors import SecretsKeyUnavailableError, UnopenedSecretError
from isolambda_core.domain.secrets.secrets import Binding, Place
from isolambda_local.secrets.installation_secret import FileSecret

DERIVED = AesGcmSealer(FileSecret(b"the secret of an installation..."))
ACCOUNT, FUNCTION = "a" * 32, "f" * 32
BINDING = Binding(Place(ACCOUNT, FUNCTION), "KEY", ("api.example.com",))
VALUE = "correct horse battery staple"


@dataclass
class Asked:
    """A client of KMS that remembers what it was asked, and may refuse."""

    client: Any
    calls: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    refusal: Exception | None = None

    def generate_data_key(self, **asked: Any) -> Any:
        return self._ask("generate_data_key", asked)

    def decrypt(self, **asked: Any) -> Any:
        return self._ask("decrypt", asked)

    def _ask(self, operation: str, asked: dict[str, Any]) -> Any:
        if self.refusal is not None:
            raise self.refusal
        self.calls.append((operation, asked["EncryptionContext"]))
        return getattr(self.client, operation)(**asked)


@dataclass
class Clock:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def kms() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("kms", "eu-central-1")


@pytest.fixture
def key(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["Arn"])


@pytest.fixture
def client(kms: Any) -> Asked:
    return Asked(kms)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sealer(client: Asked, key: str, clock: Clock) -> KmsSealer:
    return KmsSealer(client, key, DERIVED, clock)


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Decrypt")


@pytest.mark.parametrize(
    ("place", "function"), [(Place(ACCOUNT, FUNCTION), FUNCTION), (Place(ACCOUNT), "-")]
)
def test_kms_is_told_whose_secret_a_data_key_is_for(
    sealer: KmsSealer, client: Asked, place: Place, function: str
) -> None:
    binding = Binding(place, "KEY")

    assert sealer.open(sealer.seal(VALUE, binding), binding) == VALUE

    context = {"account": ACCOUNT, "function": function, "name": "KEY"}
    assert client.calls == [("generate_data_key", context), ("decrypt", context)]


def test_each_value_has_a_data_key_of_its_own(sealer: KmsSealer, client: Asked) -> None:
    one, other = (base64.b64decode(sealer.seal(VALUE, BINDING)) for _ in range(2))

    length = int.from_bytes(one[1:3])
    assert one[3 : 3 + length] != other[3 : 3 + length]
    assert [operation for operation, _ in client.calls] == ["generate_data_key"] * 2


def test_kms_is_asked_once_for_many_executions_and_again_in_time(
    sealer: KmsSealer, client: Asked, clock: Clock
) -> None:
    sealed = sealer.seal(VALUE, BINDING)
    for _ in range(3):
        sealer.open(sealed, BINDING)
    assert len(client.calls) == 2

    clock.seconds = SECRET_KEY_S
    sealer.open(sealed, BINDING)

    assert len(client.calls) == 3


def test_no_more_data_keys_are_remembered_than_the_limit(sealer: KmsSealer, client: Asked) -> None:
    first = sealer.seal(VALUE, BINDING)
    sealer.open(first, BINDING)
    key = client.client.decrypt  # which any sealed key opens from now on
    client.client = type("Same", (), {"decrypt": lambda _, **__: {"Plaintext": bytes(32)}})()
    for number in range(SECRET_KEYS):
        sealed = b"\x02\x00\x04" + number.to_bytes(4) + bytes(40)
        with pytest.raises(UnopenedSecretError):
            sealer.open(base64.b64encode(sealed).decode(), BINDING)
    before = len(client.calls)
    client.client = type("Real", (), {"decrypt": lambda _, **asked: key(**asked)})()

    assert sealer.open(first, BINDING) == VALUE

    assert len(client.calls) == before + 1


def test_what_is_remembered_opens_for_no_other_secret(sealer: KmsSealer) -> None:
    sealed = sealer.seal(VALUE, BINDING)
    sealer.open(sealed, BINDING)

    for binding in (
        Binding(Place("b" * 32, FUNCTION), "KEY", BINDING.hosts),
        Binding(BINDING.place, "OTHER", BINDING.hosts),
        Binding(BINDING.place, "KEY", ("evil.example",)),
    ):
        with pytest.raises(UnopenedSecretError):
            sealer.open(sealed, binding)


def test_a_key_that_is_disabled_is_not_available_and_opens_again_later(
    sealer: KmsSealer, client: Asked, clock: Clock
) -> None:
    sealed = sealer.seal(VALUE, BINDING)
    client.refusal = refusal("DisabledException")

    with pytest.raises(SecretsKeyUnavailableError, match="the key that seals secrets is not"):
        sealer.open(sealed, BINDING)
    with pytest.raises(SecretsKeyUnavailableError):
        sealer.seal(VALUE, BINDING)

    client.refusal = None
    assert sealer.open(sealed, BINDING) == VALUE
    clock.seconds = SECRET_KEY_S
    client.refusal = refusal("DisabledException")
    with pytest.raises(SecretsKeyUnavailableError):
        sealer.open(sealed, BINDING)


@pytest.mark.parametrize(
    "error",
    [
        refusal("KMSInvalidStateException"),
        refusal("NotFoundException"),
        refusal("AccessDeniedException"),
        refusal("ThrottlingException"),
        refusal("KMSInternalException"),
        ConnectTimeoutError(endpoint_url="https://kms.example"),
    ],
)
def test_whatever_kms_says_of_the_key_is_no_fault_of_the_secret(
    sealer: KmsSealer, client: Asked, error: Exception
) -> None:
    sealed = sealer.seal(VALUE, BINDING)
    client.refusal = error

    for ask, text in ((sealer.open, sealed), (sealer.seal, VALUE)):
        with pytest.raises(StoreUnavailableError) as caught:
            ask(text, BINDING)
        assert VALUE not in str(caught.value)


@pytest.mark.parametrize(
    "code", ["InvalidCiphertextException", "IncorrectKeyException", "ValidationException"]
)
def test_a_data_key_that_another_key_sealed_is_a_fault_of_the_secret(
    sealer: KmsSealer, client: Asked, code: str
) -> None:
    sealed = sealer.seal(VALUE, BINDING)
    client.refusal = refusal(code)

    with pytest.raises(UnopenedSecretError, match="put its value again"):
        sealer.open(sealed, BINDING)


def test_what_the_derived_key_has_sealed_opens_until_it_is_put_again(
    sealer: KmsSealer, client: Asked
) -> None:
    before = DERIVED.seal(VALUE, BINDING)

    assert sealer.open(before, BINDING) == VALUE
    assert client.calls == []
    with pytest.raises(UnopenedSecretError):
        DERIVED.open(sealer.seal(VALUE, BINDING), BINDING)  # without the key of KMS
