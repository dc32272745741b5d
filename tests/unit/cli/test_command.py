"""The command as a process of its own: what it loads, how it ends, and where it prints."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen, run

import pytest

import isolambda_core
from isolambda_cli import main
from isolambda_cli.admin import commands as admin
from isolambda_cli.lazy import LazyCommand
from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.sqlite import open_store
from tests.unit.cli.installations import isolambda

pytestmark = pytest.mark.slow

COMMAND = (sys.executable, "-c", "from isolambda_cli.main import app; app()")
HEAVY = ("boto3", "botocore", "fastapi", "isolambda_executor", "pydantic", "rich", "uvicorn")
HELP_LOADED = """
import sys
from isolambda_cli.main import app
try:
    app(["--help"])
except SystemExit:
    print("LOADED", *sys.modules)
"""
EACH_ALONE = """
import os
from isolambda_cli.admin import commands as admin
from isolambda_cli.main import COMMANDS
for module in {command.module for command in (*COMMANDS, *admin.COMMANDS)}:
    if not (pid := os.fork()):
        __import__(module)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0, module
"""
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


def test_help_loads_the_parser_and_nothing_that_a_command_needs() -> None:
    ended = run([sys.executable, "-c", HELP_LOADED], capture_output=True, check=True, text=True)

    loaded = ended.stdout.rpartition("LOADED ")[2].split()
    of_commands = {*HEAVY, "httpx2", "watchfiles", "asyncio", "ssl", "tomllib"}
    assert of_commands & {*loaded} == set()
    ours = {name for name in loaded if name.startswith("isolambda_")}
    modules = ("main", "command", "lazy", "terminal")
    assert ours == {"isolambda_core", "isolambda_cli", *(f"isolambda_cli.{n}" for n in modules)}


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        (
            "isolambda_cli.admin.local_target",
            ["fastapi", "isolambda_executor", "aws_lambda_powertools"],
        ),
        ("isolambda_local.serve", ["aws_lambda_powertools"]),
    ],
)
def test_neither_an_operator_nor_a_server_waits_for_what_it_may_not_need(
    module: str, unneeded: list[str]
) -> None:
    program = f"import sys, {module}; print([name for name in {unneeded} if name in sys.modules])"

    ended = run([sys.executable, "-c", program], capture_output=True, check=True, text=True)

    assert ended.stdout == "[]\n"


def every_command() -> Iterator[tuple[str, LazyCommand]]:
    yield from ((command.name or "", command) for command in main.COMMANDS)
    yield from ((f"admin {command.name}", command) for command in admin.COMMANDS)


@pytest.mark.parametrize(("name", "command"), [*every_command()])
def test_help_says_of_each_command_what_the_command_says_itself(
    name: str, command: LazyCommand
) -> None:
    result = isolambda(*name.split(), "--help")

    assert result.exit_code == 0
    if command.moved is None:
        assert command.help == command.load().help.partition("\n")[0]
        assert "completion" not in result.stdout.partition("Commands")[0] or name == "completion"


def test_each_command_can_be_the_first_that_is_imported() -> None:
    run([sys.executable, "-c", EACH_ALONE], check=True)


@pytest.mark.parametrize(
    "command", [each for each in main.COMMANDS if each.moved], ids=lambda command: command.name
)
def test_a_name_of_before_works_and_says_how_it_is_now(command: LazyCommand) -> None:
    old, now = isolambda(command.name or ""), isolambda("admin", command.name or "")

    assert (old.exit_code, now.stderr) == (0, "")
    assert old.stdout.partition("Commands")[1:] == now.stdout.partition("Commands")[1:]
    assert old.stderr == (
        f"isolambda: '{command.name}' is 'isolambda admin {command.name}' now, "
        "and by the next release only that\n"
    )
    assert f"\n  {command.name} " not in isolambda("--help").stdout


def test_the_version_is_printed() -> None:
    result = isolambda("--version")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"isolambda {isolambda_core.__version__}\n"


def test_a_stack_without_the_sdk_of_aws_says_what_to_install() -> None:
    program = f"{WITHOUT_SDK}\nfrom isolambda_cli.main import app; app()"
    words = ("admin", "accounts", "list", "--stack", "acme")

    ended = run(
        [sys.executable, "-c", program, *words], capture_output=True, check=False, text=True
    )

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "isolambda: acme: --stack needs the SDK of AWS; "
        "install it with: pip install 'isolambda[aws]'\n"
    )


def test_one_machine_is_served_and_operated_without_the_sdk_of_aws() -> None:
    modules = "isolambda_local.serve, isolambda_cli.admin.local_target"
    program = f"{WITHOUT_SDK}\nimport {modules}; print('loaded')"

    ended = run([sys.executable, "-c", program], capture_output=True, check=False, text=True)

    assert (ended.stdout, ended.stderr) == ("loaded\n", "")


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("admin", "accounts", "list")])
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
    words = ("admin", "events", "send", "--file", str(fifo), "--data-dir", str(tmp_path))
    # A shell has what it runs in the background ignore this signal, the tests and what they start.
    command = ("env", "--default-signal=INT", *COMMAND, *words)
    with Popen(command, stdout=PIPE, stderr=PIPE, text=True) as process:
        # It opens once the command reads it, which is amid the command's work. Closed, it ends a
        # read that began after the signal had come.
        with fifo.open("w"):
            process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate()

    assert (process.returncode, stdout, stderr) == (130, "", "")
