"""The stack, deployed as it was built to a local AWS, with an account to use it by."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import httpx2
import yaml
from typing_extensions import override

from tests.stack.local_aws import REGION, ROOT, LocalAws
from tests.stack.ministack import translate_rights
from tests.support.hosts import Host

BUILT_TEMPLATE = ROOT / ".aws-sam/build/template.yaml"
SAM = ROOT / ".venv-sam/bin/sam"
COMMAND = Path(sys.executable).with_name("isolambda")
NAME = "isolambda"
AWS_ACCOUNT = "000000000000"
SOURCES = "mine-"
"""How the names of all queues, streams, topics and buckets begin that triggers may listen to."""

_EVENT_SOURCE_ARNS = [
    f"arn:aws:s3:::{SOURCES}*",
    *[
        f"arn:aws:{service}:{REGION}:{AWS_ACCOUNT}:{resource}{SOURCES}*"
        for service, resource in (
            ("sqs", ""),
            ("sns", ""),
            ("kinesis", "stream/"),
            ("dynamodb", "table/"),
        )
    ],
]
_WITH_TRIGGERS = ("ApiFunctionRole", "DispatcherFunctionRole")
_FOLDERS = {"CodeUri", "ContentUri"}
_DONE_WITHIN_S = 600


@dataclass(frozen=True)
class Stack(Host):
    """A stack and an account of it; ``resources`` has the physical id of each logical one."""

    aws: LocalAws
    outputs: dict[str, str]
    resources: dict[str, str]
    account_id: str
    api_key: str

    @property
    @override
    def credentials(self) -> dict[str, str]:
        return {
            "url": self.outputs["ApiUrl"],
            "account_id": self.account_id,
            "api_key": self.api_key,
        }

    @override
    def client(self, **headers: str) -> httpx2.Client:
        client = super().client(**headers)
        # curl and browsers know that all names under localhost are this machine's; Python does not.
        client.headers["Host"] = client.base_url.netloc.decode()
        client.base_url = httpx2.URL(self.aws.endpoint)
        return client


@contextmanager
def deployed(**parameters: str) -> Iterator[Stack]:
    """Start a local AWS, deploy to it what `make build` built, and end it after the block."""
    with (
        TemporaryDirectory(prefix="isolambda-stack-") as folder,
        LocalAws.start(Path(folder)) as aws,
    ):
        chosen = {"EventSourceArns": ",".join(_EVENT_SOURCE_ARNS), **parameters}
        _deploy(aws, [f"{name}={value}" for name, value in chosen.items()])
        made = _run(aws, COMMAND, "accounts", "create", "mine", "--stack", NAME, "--json")
        formation = aws.client("cloudformation")
        [stack] = formation.describe_stacks(StackName=NAME)["Stacks"]
        resources = formation.describe_stack_resources(StackName=NAME)["StackResources"]
        outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
        ids = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}
        for role in _WITH_TRIGGERS:
            translate_rights(aws, ids[role])
        yield Stack(aws, outputs, ids, **json.loads(made))


def _deploy(aws: LocalAws, parameters: list[str]) -> None:
    _run(
        *(aws, SAM, "deploy", "--template-file", _packed(aws.folder), "--stack-name", NAME),
        *("--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset"),
        *("--parameter-overrides", *parameters),
    )


def _packed(into: Path) -> Path:
    """Copy what was built, as JSON and as archives: SAM takes long to read YAML and to compress."""
    folder = BUILT_TEMPLATE.parent
    template = yaml.load(BUILT_TEMPLATE.read_bytes(), yaml.CSafeLoader)
    for resource in template["Resources"].values():
        for key in _FOLDERS & resource["Properties"].keys():
            name = resource["Properties"][key]
            resource["Properties"][key] = f"{name}.zip"
            with ZipFile(into / f"{name}.zip", "w") as archive:
                for file in (folder / name).rglob("*"):
                    archive.write(file, file.relative_to(folder / name))
    packed = into / "template.json"
    packed.write_text(json.dumps(template), encoding="utf-8")
    return packed


def _run(aws: LocalAws, program: Path, *arguments: str | Path) -> str:
    """Run a program that works on the stack, as the account's owner, and return what it printed."""
    done = subprocess.run(
        [program, *arguments],
        env={
            **aws.environment,
            "PATH": os.defpath,
            "HOME": str(aws.folder),
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "0.2",  # s between two looks, each of which is over at once
        },
        cwd=aws.folder,
        capture_output=True,
        text=True,
        timeout=_DONE_WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
