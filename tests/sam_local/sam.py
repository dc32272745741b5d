"""`sam local`: the built Lambdas in containers, on a table, a queue and a secret of a local AWS."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]
from typing_extensions import override

from tests.bench.servers import free_port
from tests.sam_local.engine import Engine
from tests.sam_local.port_forward import forwarded
from tests.stack import die_with_parent
from tests.stack.stack import BUILT_TEMPLATE, SAM, Stack
from tests.support.hosts import Host
from tests.support.processes import end

_HOST = "127.0.0.1"
_LISTENS_WITHIN_S = 300
_ANSWERS_WITHIN_S = 600  # SAM makes an image of each Lambda's layers first
_ENDS_WITHIN_S = 120
_LOG_CHARACTERS = 3_000


@dataclass(frozen=True)
class SamLocal(Host):
    """The API of `sam local start-api`, and an account of it."""

    url: str
    stack: Stack

    @property
    @override
    def credentials(self) -> dict[str, str]:
        return {**self.stack.credentials, "url": self.url}


@contextmanager
def sam_local(stack: Stack, engine: Engine, folder: Path) -> Iterator[SamLocal]:
    """Serve the API and the executor in containers, on what a deployed stack keeps.

    The dispatcher does not run: `sam local` reads no queue.
    """
    invoked, served = free_port(), free_port()
    with ExitStack() as opened:
        aws = opened.enter_context(forwarded(engine.gateway, stack.aws.port))
        executor = opened.enter_context(forwarded(engine.gateway, invoked))
        template = folder / "template.json"
        template.write_text(json.dumps(_template(stack, aws, executor)), encoding="utf-8")
        for what, port in (("start-lambda", invoked), ("start-api", served)):
            opened.enter_context(_running(what, port, template, stack, engine))
        host = SamLocal(f"http://{_HOST}:{served}", stack)
        _await_answer(host, folder)
        yield host


def _template(stack: Stack, aws: str, executor: str) -> dict[str, Any]:
    """Return the built template, with what SAM does not know put into it.

    That is folders beside another template, aliases, physical ids, and variables of its own.
    """
    template = cast("dict[str, Any]", yaml_parse(BUILT_TEMPLATE.read_text(encoding="utf-8")))
    resources = template["Resources"]
    for resource in resources.values():
        for uri in {"CodeUri", "ContentUri"} & resource["Properties"].keys():
            folder = BUILT_TEMPLATE.parent / resource["Properties"][uri]
            resource["Properties"][uri] = str(folder)
    integration = resources["HttpApiIntegration"]["Properties"]
    integration["IntegrationUri"] = {"Fn::GetAtt": ["ApiFunction", "Arn"]}
    # SAM would take the condition for its being so.
    resources["ExecutorFunction"]["Properties"].pop("TenancyConfig", None)
    resources["ApiFunction"]["Properties"]["Environment"]["Variables"] |= {
        "AWS_ENDPOINT_URL": aws,
        "AWS_ENDPOINT_URL_LAMBDA": executor,
        "EXECUTOR_FUNCTION_NAME": "ExecutorFunction",
        "QUEUE_URL": stack.resources["ExecutionQueue"],
        "SHADOW_QUEUE_URL": stack.resources["ShadowQueue"],
        "SECRET_ARN": stack.resources["InstallationSecret"],
        "TABLE_NAME": stack.resources["FunctionsTable"],
    }
    return template


@contextmanager
def _running(what: str, port: int, template: Path, stack: Stack, engine: Engine) -> Iterator[None]:
    log = template.with_name(f"{what}.log")
    environment = dict(stack.aws.environment)
    del environment[
        "AWS_ENDPOINT_URL"
    ]  # it would go before the template's, which is for containers
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, die_with_parent.__file__, str(os.getpid()), SAM, "local", what),
                *("--template", template, "--host", _HOST, "--port", str(port)),
                *("--warm-containers", "LAZY", "--no-watch", "--skip-pull-image"),
            ],
            env={
                **environment,
                "PATH": os.defpath,
                "HOME": str(template.parent),
                "DOCKER_HOST": f"unix://{engine.socket}",
                "SAM_CLI_TELEMETRY": "0",
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for who started it, who ends it
        )
    try:
        _await_port(process, port, log)
        yield
    finally:
        process.send_signal(signal.SIGINT)  # at anything else SAM leaves its containers behind
        try:
            process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            end(process.pid)
            process.wait()


def _await_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _LISTENS_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((_HOST, port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"sam does not listen; it says:\n{_end_of(log)}")


def _await_answer(host: SamLocal, folder: Path) -> None:
    """Start both containers, so that no test waits for them."""
    with host.client() as client:
        client.timeout = _ANSWERS_WITHIN_S
        answer = client.get("/healthz")
    logged = "\n".join(_end_of(log) for log in folder.glob("*.log"))
    assert answer.is_success, f"{answer.text}\nsam says:\n{logged}"


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-_LOG_CHARACTERS:]
