"""The installation that an operator works on: a directory of this machine, or a stack on AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import boto3
from typer import BadParameter, Option

from isolambda_cli.machine import open_directory
from isolambda_cli.places import Place
from isolambda_cli.stack import open_stack


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
        """Refuse what would go unused, lest somebody believe that it is used.

        Raises:
            BadParameter: a region or a profile was given, but no stack.
        """
        if self.stack is None and (self.region is not None or self.profile is not None):
            raise BadParameter("--region and --profile go with --stack")

    @contextmanager
    def open(self) -> Iterator[Place]:
        """Lend what is kept there.

        Raises:
            NoInstallationError: there is none, or the stack is none of ours.
            NewerSchemaError: the database was written by a newer Isolambda.
            StoreUnavailableError: the database cannot be opened.
            DamagedSecretError: the file of the secret holds none.
            OSError: the directory cannot be read.
            BotoCoreError: there are no credentials, no region, or no way to AWS.
            ClientError: AWS refuses to describe the stack.
        """
        if self.stack is not None:
            session = boto3.Session(region_name=self.region, profile_name=self.profile)
            yield open_stack(self.stack, session)
            return
        with open_directory(self.data_dir) as machine:
            yield machine

    @property
    def name(self) -> str:
        """What an operator knows it by."""
        return str(self.data_dir) if self.stack is None else self.stack
