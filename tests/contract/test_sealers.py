"""The contract of ``Sealer``: a value opens for its use alone, by the derived key and by KMS."""

import base64
from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.aws.kms_sealer import KmsSealer, client_config
from isolambda_core.domain.secrets.errors import SecretsKeyUnavailableError, UnopenedSecretError
from isolambda_core.domain.secrets.secrets import Binding, Place
from isolambda_core.ports.secrets import Sealer
from isolambda_local.secrets.installation_secret import FileSecret

ACCOUNT, FUNCTION = "a" * 32, "f" * 32
BINDING = Binding(Place(ACCOUNT, FUNCTION), "KEY", ("api.example.com",))
VALUE = "sk_live_51H8 \u00e9 \U0001f600"


@pytest.fixture(scope="module", params=["derived", "KMS"])
def sealer(request: pytest.FixtureRequest) -> Iterator[Sealer]:
    derived = AesGcmSealer(FileSecret(b"the secret of an installation..."))
    if request.param == "derived":
        yield derived
        return
    with mock_aws():
        client = boto3.client("kms", "eu-central-1", config=client_config())
        yield KmsSealer(client, client.create_key()["KeyMetadata"]["Arn"], derived)


def refusals(sealer: Sealer) -> tuple[type[Exception], ...]:
    """Return the errors of damaged data: KMS may know no key that the data names."""
    if isinstance(sealer, KmsSealer):
        return (UnopenedSecretError, SecretsKeyUnavailableError)
    return (UnopenedSecretError,)


@given(value=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_value_comes_back(sealer: Sealer, value: str) -> None:
    assert sealer.open(sealer.seal(value, BINDING), BINDING) == value


def test_no_two_are_sealed_alike_and_none_shows_the_value(sealer: Sealer) -> None:
    one, other = (sealer.seal(VALUE, BINDING) for _ in range(2))

    assert one != other
    assert VALUE.encode() not in base64.b64decode(one)


@pytest.mark.parametrize(
    "binding",
    [
        replace(BINDING, place=Place(ACCOUNT)),
        replace(BINDING, place=Place(FUNCTION, ACCOUNT)),
        replace(BINDING, place=Place("b" * 32, FUNCTION)),
        replace(BINDING, name="OTHER"),
        replace(BINDING, hosts=("evil.example.net",)),
        replace(BINDING, hosts=()),
        replace(BINDING, hosts=("api.example.com", "evil.example.net")),
        replace(BINDING, sign=True),
        replace(BINDING, is_before=True),
    ],
)
def test_a_value_opens_for_no_other_use(sealer: Sealer, binding: Binding) -> None:
    sealed = sealer.seal(VALUE, BINDING)

    with pytest.raises(
        UnopenedSecretError, match=f"the secret {binding.name} cannot be opened"
    ) as caught:
        sealer.open(sealed, binding)

    assert VALUE not in str(caught.value)


def test_whatever_is_changed_of_it_it_does_not_open(sealer: Sealer) -> None:
    data = base64.b64decode(sealer.seal(VALUE, BINDING))

    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises(refusals(sealer)):
            sealer.open(base64.b64encode(changed).decode(), BINDING)


@pytest.mark.parametrize("kept", range(0, 45, 4))
def test_a_part_of_it_does_not_open(sealer: Sealer, kept: int) -> None:
    sealed = sealer.seal(VALUE, BINDING)

    with pytest.raises(refusals(sealer)):
        sealer.open(sealed[:kept], BINDING)


@pytest.mark.parametrize("sealed", ["", "no base64!", "é", "\ud800", "AQ==", "A" * 100])
def test_what_was_never_sealed_does_not_open(sealer: Sealer, sealed: str) -> None:
    with pytest.raises(UnopenedSecretError):
        sealer.open(sealed, BINDING)
