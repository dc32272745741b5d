"""The command as a process of its own: what it loads, how it ends, and where it prints."""

import os
import signal
import sys
from pathlib import Path
from subprocess import PIPE, Popen, run

import pytest

import isolambda_core
from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.sqlite import open_store
from tests.unit.cli.installations import isolambda

pytestmark = pytest.mark.slow

COMMAND = (sys.executable, "-c", "from isolambda_cli.main import app; app()")
HEAVY = ("boto3", "botocore", "fastapi", "isolambda_executor", "pydantic", "rich", "uvicorn")
LOADED = f"""
import sys
import isolambda_cli.main
print(*[name for name in {HEAVY} if name in sys.modules])
"""
WITHOUT_SDK = """
import sys
class NoSdk:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("boto3", "botocore"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, NoSdk())
"""


def test_nothing_heavy_is_loaded_before_a_command_is_known() -> None:
    ended = run([sys.executable, "-c", LOADED], capture_output=True, check=True, text=True)

    assert ended.stdout.split() == []


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        ("isolambda_cli.local_target", ["fastapi", "isolambda_executor", "aws_lambda_powertools"]),
        ("isolambda_local.serve", ["aws_lambda_powertools"]),
    ],
)
def test_neither_an_operator_nor_a_server_waits_for_what_it_may_not_need(
    module: str, unneeded: list[str]
) -> None:
    program = f"import sys, {module}; print([name for name in {unneeded} if name in sys.modules])"

    ended = run([sys.executable, "-c", program], capture_output=True, check=True, text=True)

    assert ended.stdout == "[]\n"


def test_the_version_is_printed() -> None:
    result = isolambda("--version")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"isolambda {isolambda_core.__version__}\n"


def test_a_stack_without_the_sdk_of_aws_says_what_to_install() -> None:
    program = f"{WITHOUT_SDK}\nfrom isolambda_cli.main import app; app()"
    words = ("accounts", "list", "--stack", "acme")

    ended = run(
        [sys.executable, "-c", program, *words], capture_output=True, check=False, text=True
    )

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "isolambda: acme: --stack needs the SDK of AWS; "
        "install it with: pip install 'isolambda[aws]'\n"
    )


def test_one_machine_is_served_and_operated_without_the_sdk_of_aws() -> None:
    program = (
        f"{WITHOUT_SDK}\nimport isolambda_local.serve, isolambda_cli.local_target; print('loaded')"
    )

    ended = run([sys.executable, "-c", program], capture_output=True, check=False, text=True)

    assert (ended.stdout, ended.stderr) == ("loaded\n", "")


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("accounts", "list")])
def test_output_that_nothing_takes_is_one_line(words: tuple[str, ...], tmp_path: Path) -> None:
    open_store(tmp_path / DATABASE_NAME).close()
    options = ("--data-dir", str(tmp_path), "--json") if "list" in words else ()

    with Path("/dev/full").open("w") as full:
        ended = run([*COMMAND, *words, *options], stdout=full, stderr=PIPE, check=False, text=True)

    assert ended.returncode == 1
    assert ended.stderr == "isolambda: [Errno 28] No space left on device\n"


def test_ctrl_c_ends_a_command_without_a_traceback(tmp_path: Path) -> None:
    open_store(tmp_path / DATABASE_NAME).close()
    fifo = tmp_path / "event.json"
    os.mkfifo(fifo)
    words = ("events", "send", "--file", str(fifo), "--data-dir", str(tmp_path))
    # A shell has what it runs in the background ignore this signal, the tests and what they start.
    command = ("env", "--default-signal=INT", *COMMAND, *words)
    with Popen(command, stdout=PIPE, stderr=PIPE, text=True) as process:
        # It opens once the command reads it, which is amid the command's work. Closed, it ends a
        # read that began after the signal had come.
        with fifo.open("w"):
            process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate()

    assert (process.returncode, stdout, stderr) == (130, "", "")
