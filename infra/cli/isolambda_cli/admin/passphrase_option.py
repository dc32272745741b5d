"""The option that moves the values of secrets, too."""

from pathlib import Path
from typing import Annotated

import typer

from isolambda_cli.admin.targets import Target
from isolambda_cli.moving.passphrase import Passphrase
from isolambda_cli.moving.secrets import Resealer

WithSecrets = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Move the values of secrets as well, sealed under the passphrase in this file.",
        show_default=False,
    ),
]


def resealer_of(target: Target, path: Path | None) -> Resealer | None:
    """Return what carries values between an installation and a passphrase; None without one.

    Raises:
        ExportError: the file holds no passphrase.
        OSError: it cannot be read.
    """
    if path is None:
        return None
    return Resealer(target.secrets.sealer, Passphrase.read(path))
