"""Each built Lambda answers under Lambda's own Python, with Lambda's path order and environment."""

import json
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from isolambda_core.domain.execution import ExecutionRequest, ExecutionResult, Outcome
from isolambda_core.domain.limits import Limits
from isolambda_core.domain.wire import dump_request, load_result

Template = dict[str, Any]
Answer = Callable[[str, Any], bytes]

RUNTIME = Path(__file__).with_name("lambda_runtime.py")
MACHINES = {"x86_64": {"x86_64"}, "arm64": {"aarch64", "arm64"}}
LAMBDA_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_LAMBDA_FUNCTION_NAME": "artifact",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
    "AWS_REGION": "us-east-1",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
    "LANG": "en_US.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "TZ": ":UTC",
    "_X_AMZN_TRACE_ID": "Root=1-00000000-000000000000000000000000;Sampled=0",
}


def pythons() -> Iterator[str]:
    """Yield where a Python 3.13 may be; a pyenv shim of that name may refuse to run."""
    yield from filter(None, [shutil.which("python3.13")])
    yield from map(str, sorted(Path.home().glob(".pyenv/versions/3.13*/bin/python3.13")))
    if uv := shutil.which("uv"):
        found = subprocess.run(
            [uv, "python", "find", "--offline", "3.13"], capture_output=True, text=True, check=False
        )
        yield from filter(None, [found.stdout.strip()])


@pytest.fixture(scope="module")
def python(built_template: Template) -> str:
    """The Python that Lambda runs, on the processor that the build is for."""
    architecture = built_template["Resources"]["V8Layer"]["Metadata"]["BuildArchitecture"]
    if platform.machine() not in MACHINES[architecture]:
        pytest.skip(f"BUILT FOR {architecture}: the built Lambdas were not run on this machine")
    for candidate in pythons():
        command = [candidate, "-c", "import sys; sys.exit(sys.version_info[:2] != (3, 13))"]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return candidate
    pytest.skip("NO PYTHON 3.13 HERE: the built Lambdas were not run; install python3.13")


def environment(template: Template, function: str) -> dict[str, str]:
    """Return the variables that the template sets; what a deployment fills in gets a stand-in."""
    named = [template["Globals"]["Function"], template["Resources"][function]["Properties"]]
    given = {
        name: value for place in named for name, value in place["Environment"]["Variables"].items()
    }
    parameters = template["Parameters"]

    def fill(value: Any) -> str:
        if isinstance(value, str):
            return value
        return str(parameters.get(value["Ref"], {}).get("Default", value["Ref"]))

    return {name: fill(value) for name, value in given.items()}


@pytest.fixture
def answer(python: str, build: Path, built_template: Template, tmp_path: Path) -> Answer:
    """Hand an event to a built Lambda, laid out as in Lambda, far from the checkout."""

    def give(function: str, event: Any) -> bytes:
        resource = built_template["Resources"][function]["Properties"]
        task, opt, elsewhere = tmp_path / "task", tmp_path / "opt", tmp_path / "elsewhere"
        elsewhere.mkdir()
        shutil.copytree(build / resource["CodeUri"], task)
        for layer in resource["Layers"]:
            content = built_template["Resources"][layer["Ref"]]["Properties"]["ContentUri"]
            shutil.copytree(build / content, opt, dirs_exist_ok=True)
        finished = subprocess.run(
            [python, "-I", "-S", "-B", RUNTIME, task, opt, resource["Handler"]],
            cwd=elsewhere,
            env={
                **LAMBDA_ENVIRONMENT,
                "LAMBDA_TASK_ROOT": str(task),
                **environment(built_template, function),
            },
            input=json.dumps(event).encode() + b"\n",
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert finished.returncode == 0, finished.stderr.decode()
        return finished.stdout

    return give


def execute(
    answer: Answer, source: str, call: Any = None, limits: Limits | None = None
) -> ExecutionResult:
    request = ExecutionRequest(
        execution_id="e" * 32,
        account_id="a" * 32,
        function_id="f" * 32,
        version="$LATEST",
        source=source,
        input=json.dumps(call),
        limits=limits or Limits(),
    )
    return load_result(answer("ExecutorFunction", json.loads(dump_request(request))))


def test_the_built_executor_executes_javascript(answer: Answer) -> None:
    result = execute(answer, "return call.numbers.map(n => n * 2)", {"numbers": [1, 2, 3]})

    assert (result.outcome, result.error) == (Outcome.OK, None)
    assert json.loads(result.result or "") == [2, 4, 6]


def test_the_built_executor_ends_what_would_never_end(answer: Answer) -> None:
    result = execute(answer, "while (true) {}", limits=Limits(wall_time_ms=200))

    assert result.outcome is Outcome.EXCEEDED_WALL_TIME


def test_the_built_api_says_that_it_is_well(answer: Answer) -> None:
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/healthz",
        "rawQueryString": "",
        "headers": {"host": "api.example.com"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example.com",
            "http": {
                "method": "GET",
                "path": "/healthz",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "artifact",
            },
            "requestId": "request",
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000,
        },
        "isBase64Encoded": False,
    }

    assert json.loads(answer("ApiFunction", event))["statusCode"] == 200
