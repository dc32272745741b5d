"""codemash 1.16.0 (npm), unmodified: it gets results as values, and refusals as its own errors."""

import shutil
import subprocess
from typing import Any

import pytest

from tests.clients.programs import ENVIRONMENTS, HERE, Report, reported_by
from tests.support.documentation import ROOT, blocks
from tests.support.hosts import Host
from tests.support.servers import Server
from tests.support.waiting import WAIT_S

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None,
    reason="no node or no npm, which CodeMash's client needs",
)

PAGE = ROOT / "infra/docs/codemash.md"
SOURCES = {
    "echo": "return call;",
    "context": "return [context.meta, context.tokens, context.trigger];",
    "thrower": "const nobody = null;\nreturn nobody.name;",
    "endless": "while (true);",
    "text": "return 'hello';",
    "nothing": "",
}


def create_all(host: Host) -> dict[str, str]:
    """Create all functions; the one that ends at its limit alone has a short one."""
    limits = {"endless": {"wall_time_ms": 100}}
    patient = {"wall_time_ms": 25_000}
    return {
        name: host.create(source, limits=limits.get(name, patient))
        for name, source in SOURCES.items()
    }


@pytest.fixture(scope="module")
def functions(server: Server) -> dict[str, str]:
    return create_all(server)


@pytest.fixture(scope="module")
def report(server: Server, functions: dict[str, str]) -> Report:
    return reported_by(
        [str(shutil.which("node")), HERE / "with_codemash.js"],
        {**server.credentials, "functions": functions},
        NODE_PATH=str(ENVIRONMENTS / "codemash/node_modules"),
    )


@pytest.mark.parametrize(
    ("step", "value"),
    [
        ("data", {"total": 12.5, "name": "žalia"}),
        ("no data", {}),
        ("$LATEST", [1]),
        ("key of its own", 0),
        ("text", "hello"),
        ("nothing", None),
        ("meta and tokens", [{"colour": "žalia", "constructor": "c"}, {"user": "u"}, "codemash"]),
        ("neither", [{}, {}, "codemash"]),
    ],
)
def test_a_result_is_the_value_that_was_returned(report: Report, step: str, value: Any) -> None:
    assert report[step] == {"returned": value}


@pytest.mark.parametrize(
    ("step", "status", "name", "message"),
    [
        ("throw", 500, "TypeError", "Cannot read properties of null (reading 'name')"),
        ("unknown function", 404, "ResourceNotFound", "Function was not found"),
        (
            "unknown version",
            404,
            "ResourceNotFound",
            "Version or alias of the function was not found",
        ),
        ("unknown project", 404, "ResourceNotFound", "Project was not found"),
        ("wrong key", 401, "Unauthorized", "The secret key is missing or unknown"),
    ],
)
def test_a_failure_is_an_error_of_its_name(
    report: Report, step: str, status: int, name: str, message: str
) -> None:
    assert report[step] == {
        "raised": "HttpError",
        "status": status,
        "name": name,
        "message": message,
        "errors": [],
    }


def test_a_timeout_says_how_long_it_may_take(report: Report) -> None:
    assert (report["endless"]["status"], report["endless"]["name"]) == (504, "FunctionTimeout")
    assert report["endless"]["message"].startswith("the limit wall_time_ms is 100 ms; ")


@pytest.mark.parametrize(
    ("step", "code", "field"),
    [("malformed id", "FormatException", "Id"), ("malformed meta", "ArgumentException", "Meta")],
)
def test_a_field_that_is_wrong_is_named(report: Report, step: str, code: str, field: str) -> None:
    assert (report[step]["status"], report[step]["name"]) == (400, code)
    assert [error["fieldName"] for error in report[step]["errors"]] == [field]


def test_the_lines_of_the_documentation_work_as_they_stand(
    server: Server, functions: dict[str, str]
) -> None:
    [script] = [text for language, text in blocks(PAGE) if language == "js"]
    credentials = server.credentials

    ended = subprocess.run(
        [str(shutil.which("node")), "-e", script],
        env={
            "NODE_PATH": str(ENVIRONMENTS / "codemash/node_modules"),
            "URL": credentials["url"],
            "ACCOUNT": credentials["account_id"],
            "KEY": credentials["api_key"],
            "ID": functions["echo"],
        },
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=True,
    )

    assert "'Caller-ID-Name': 'Ada'" in ended.stdout
