"""The installation that an operator works on: a directory of this machine, or a stack on AWS."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from typer import BadParameter, Option

from isolambda_cli.targets import (
    NoInstallationError,
    Target,
)


@dataclass(frozen=True, slots=True)
class Installation:
    """Where accounts and keys are kept, as the options of a command name it."""

    data_dir: Annotated[Path, Option(help="Where this machine keeps everything.")] = Path(
        ".isolambda"
    )
    stack: Annotated[
        str | None, Option(help="Name of a deployed stack, to work on instead of this machine.")
    ] = None
    region: Annotated[str | None, Option(help="AWS region of the stack.")] = None
    profile: Annotated[str | None, Option(help="AWS profile whose rights are used.")] = None

    def __post_init__(self) -> None:
        """Refuse options that have no effect.

        Raises:
            BadParameter: a region or a profile was given, but no stack.
        """
        if self.stack is None and (self.region is not None or self.profile is not None):
            raise BadParameter("--region and --profile go with --stack")

    @contextmanager
    def open(self) -> Iterator[Target]:
        """Lend what is kept there.

        Raises:
            NoInstallationError: there is none, or the stack is none of ours.
            NewerSchemaError: the database was written by a newer Isolambda.
            StoreUnavailableError: the database cannot be opened.
            DamagedSecretError: the file of the secret holds none.
            OSError: the directory cannot be read.
            AwsError: there are no credentials, no region, or no way to AWS; or AWS refuses.
        """
        if self.stack is not None:
            with _open_stack(self.stack, self.region, self.profile) as target:
                yield target
            return
        # The database, the engine and the dispatcher: half a second that `--help` does not need.
        from isolambda_cli.local_target import open_directory  # noqa: PLC0415 - see above

        with open_directory(self.data_dir) as target:
            yield target

    @property
    def name(self) -> str:
        """What an operator knows it by."""
        return str(self.data_dir) if self.stack is None else self.stack


def _open_stack(
    name: str, region: str | None, profile: str | None
) -> AbstractContextManager[Target]:
    """Open a stack, for which the SDK of AWS is needed; only some installations have it.

    Raises:
        NoInstallationError: this one has none.
    """
    try:
        from isolambda_cli.stack_target import open_stack  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        if error.name not in ("boto3", "botocore"):
            raise
        message = "--stack needs the SDK of AWS; install it with: pip install 'isolambda[aws]'"
        raise NoInstallationError(message) from error
    return open_stack(name, region, profile)
