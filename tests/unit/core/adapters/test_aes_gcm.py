"""A sealed value opens for its use alone, under the secret of its installation."""

import base64
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.domain.secrets.errors import UnopenedSecretError
from isolambda_core.domain.secrets.secrets import Binding, Place
from isolambda_local.secrets.installation_secret import FileSecret

SECRET = FileSecret(b"the secret of an installation...")
OTHER_SECRET = FileSecret(b"the secret of another one.......")
ACCOUNT, FUNCTION = "a" * 32, "f" * 32
BINDING = Binding(Place(ACCOUNT, FUNCTION), "KEY", ("api.example.com",))
VALUE = "sk_live_51H8 é \U0001f600"


@pytest.fixture(scope="module")
def sealer() -> AesGcmSealer:
    return AesGcmSealer(SECRET)


@given(value=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_value_comes_back(sealer: AesGcmSealer, value: str) -> None:
    assert sealer.open(sealer.seal(value, BINDING), BINDING) == value


def test_another_process_of_the_installation_opens_it(sealer: AesGcmSealer) -> None:
    assert AesGcmSealer(SECRET).open(sealer.seal(VALUE, BINDING), BINDING) == VALUE


def test_no_two_are_sealed_alike_and_none_shows_the_value(sealer: AesGcmSealer) -> None:
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
def test_a_value_opens_for_no_other_use(sealer: AesGcmSealer, binding: Binding) -> None:
    sealed = sealer.seal(VALUE, BINDING)

    with pytest.raises(
        UnopenedSecretError, match=f"the secret {binding.name} cannot be opened"
    ) as caught:
        sealer.open(sealed, binding)

    assert VALUE not in str(caught.value)


def test_a_value_does_not_open_in_another_installation(sealer: AesGcmSealer) -> None:
    with pytest.raises(UnopenedSecretError, match="another secret of the installation"):
        AesGcmSealer(OTHER_SECRET).open(sealer.seal(VALUE, BINDING), BINDING)


def test_whatever_is_changed_of_it_it_does_not_open(sealer: AesGcmSealer) -> None:
    data = base64.b64decode(sealer.seal(VALUE, BINDING))

    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises(UnopenedSecretError):
            sealer.open(base64.b64encode(changed).decode(), BINDING)


@pytest.mark.parametrize("kept", range(0, 45, 4))
def test_a_part_of_it_does_not_open(sealer: AesGcmSealer, kept: int) -> None:
    sealed = sealer.seal(VALUE, BINDING)

    with pytest.raises(UnopenedSecretError):
        sealer.open(sealed[:kept], BINDING)


@pytest.mark.parametrize("sealed", ["", "no base64!", "é", "\ud800", "AQ==", "A" * 100])
def test_what_was_never_sealed_does_not_open(sealer: AesGcmSealer, sealed: str) -> None:
    with pytest.raises(UnopenedSecretError):
        sealer.open(sealed, BINDING)


def test_nothing_is_imported_for_it_before_there_is_a_value() -> None:
    program = (
        "import sys, isolambda_core.adapters.aes_gcm as it;"
        "it.AesGcmSealer(None); print('cryptography' in sys.modules)"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ran.stdout == "False\n"
