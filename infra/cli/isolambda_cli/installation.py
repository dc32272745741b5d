"""The installation that an operator works on: a directory of this machine, or a stack on AWS."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import boto3
from botocore.exceptions import ClientError
from typer import BadParameter, Option

from isolambda_core.adapters import dynamodb, secrets_manager
from isolambda_core.adapters.clock import SystemClock
from isolambda_core.adapters.secrets_manager import SecretsManagerSecret
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.services.accounts import AccountService, open_accounts
from isolambda_local.secret import open_secret
from isolambda_local.serve import DATABASE_NAME
from isolambda_local.sqlite import open_store

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


class NoInstallationError(IsolambdaError):
    """There is no Isolambda where the operator says that it is; ``str(error)`` says what is."""


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
    def open(self) -> Iterator[AccountService]:
        """Lend the accounts, and with them their keys.

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
            yield _on_aws(self.stack, session)
            return
        database = self.data_dir / DATABASE_NAME
        if not database.exists():
            raise NoInstallationError("nothing is kept here; `isolambda serve` makes it")
        with closing(open_store(database)) as store:
            yield open_accounts(store, open_secret(self.data_dir), SystemClock())

    @property
    def name(self) -> str:
        """What an operator knows it by."""
        return str(self.data_dir) if self.stack is None else self.stack


def _on_aws(stack: str, session: boto3.Session) -> AccountService:
    outputs = _outputs(stack, session.client("cloudformation", config=dynamodb.client_config()))
    try:
        table_name, secret_arn = outputs["FunctionsTableName"], outputs["InstallationSecretArn"]
    except KeyError as missing:
        raise NoInstallationError(
            f"the stack has no output {missing}; is it Isolambda's, and wholly deployed?"
        ) from None
    store = dynamodb.open_store(
        table_name, session.client("dynamodb", config=dynamodb.client_config())
    )
    secret = SecretsManagerSecret(
        session.client("secretsmanager", config=secrets_manager.client_config()), secret_arn
    )
    return open_accounts(store, secret, SystemClock())


def _outputs(stack: str, client: "CloudFormationClient") -> Mapping[str, str]:
    try:
        found = client.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise NoInstallationError(f"no such stack in {client.meta.region_name}") from error
    return {output["OutputKey"]: output["OutputValue"] for output in found[0].get("Outputs", [])}
