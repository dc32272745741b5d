"""The installation that an operator works on: a directory of this machine, or a stack on AWS."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from typer import BadParameter, Option

from isolambda_cli.admin.targets import (
    NoInstallationError,
    Target,
)


@dataclass(frozen=True, slots=True)
class Installation:
    """A directory or a stack, as the options of a command name it."""

    data_dir: Annotated[
        Path,
        Option(
            envvar="ISOLAMBDA_DATA_DIR", help="The directory where this machine keeps everything."
        ),
    ] = Path(".isolambda")
    stack: Annotated[
        str | None, Option(help="Name of a deployed stack to work on, instead of this machine.")
    ] = None
    region: Annotated[str | None, Option(help="AWS region of the stack.")] = None
    profile: Annotated[str | None, Option(help="AWS profile with the rights to use.")] = None

    def __post_init__(self) -> None:
        """Refuse options that have no effect.

        Raises:
            BadParameter: a region or a profile was given, but no stack.
        """
        if self.stack is None and (self.region is not None or self.profile is not None):
            raise BadParameter("--region and --profile go with --stack")

    @contextmanager
    def open(self, *, makes: bool = False, plans: bool = False) -> Iterator[Target]:
        """Yield the installation, and close it afterwards.

        ``makes`` a directory where there is none; ``plans`` what would be written to it, by an
        installation that is gone afterwards.

        Raises:
            NoInstallationError: there is none, or the stack is not one of Isolambda.
            NewerSchemaError: the database was written by a newer Isolambda.
            StoreUnavailableError: the database cannot be opened.
            LostSecretError: the file of the secret is gone.
            DamagedSecretError: the file of the secret holds none.
            StartError: the directory cannot be made.
            OSError: the directory cannot be read.
            AwsError: there are no credentials, no region, or no way to AWS; or AWS refuses.
        """
        if self.stack is not None:
            with _open_stack(self.stack, self.region, self.profile) as target:
                yield target
            return
        # The imports take half a second, which `--help` does not need.
        from isolambda_cli.admin.local_target import (  # noqa: PLC0415 - see above
            open_directory,
            open_new,
        )

        with ExitStack() as opened:
            try:
                target = opened.enter_context(open_directory(self.data_dir, makes=makes))
            except NoInstallationError:
                if not plans or (self.data_dir.exists() and not self.data_dir.is_dir()):
                    raise
                target = opened.enter_context(open_new())
            yield target

    @property
    def name(self) -> str:
        """The directory or the stack's name, as it stands before each error message."""
        return str(self.data_dir) if self.stack is None else self.stack


def _open_stack(
    name: str, region: str | None, profile: str | None
) -> AbstractContextManager[Target]:
    """Return the stack, ready to open.

    Raises:
        NoInstallationError: the SDK of AWS, which is an extra of the package, is not installed.
    """
    try:
        from isolambda_cli.admin.stack_target import open_stack  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        if error.name not in ("boto3", "botocore"):
            raise
        message = "--stack needs the SDK of AWS; install it with: pip install 'isolambda[aws]'"
        raise NoInstallationError(message) from error
    return open_stack(name, region, profile)
