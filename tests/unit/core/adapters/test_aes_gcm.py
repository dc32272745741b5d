"""A value is sealed under the secret of its installation; see the contract of sealers."""

import subprocess
import sys

import pytest

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


def test_another_process_of_the_installation_opens_it(sealer: AesGcmSealer) -> None:
    assert AesGcmSealer(SECRET).open(sealer.seal(VALUE, BINDING), BINDING) == VALUE


def test_a_value_does_not_open_in_another_installation(sealer: AesGcmSealer) -> None:
    with pytest.raises(UnopenedSecretError, match="another secret of the installation"):
        AesGcmSealer(OTHER_SECRET).open(sealer.seal(VALUE, BINDING), BINDING)


def test_nothing_is_imported_for_it_before_there_is_a_value() -> None:
    program = (
        "import sys, isolambda_core.adapters.aes_gcm as it;"
        "it.AesGcmSealer(None); print('cryptography' in sys.modules)"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ran.stdout == "False\n"
