"""``isolambda dev`` as an author has it: a change is live, and what happens is shown."""

import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.dev import Dev, developing
from tests.support.processes import alive, wait_for_end
from tests.support.waiting import WAIT_S, eventually

MANIFEST = """
[project]
name = "shop"
[functions.greet]
main = "src/greet.js"
"""
GREET = """import { greeting } from "./lib.js";
export default ({ name }) => {
  console.log("called by", name);
  return { [greeting]: name.toUpperCase() };
};
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Dev]]:
    (tmp_path / "src").mkdir()
    (tmp_path / "isolambda.toml").write_text(MANIFEST)
    (tmp_path / "src/greet.js").write_text(GREET)
    (tmp_path / "src/lib.js").write_text('export const greeting = "hello";\n')
    with developing(tmp_path) as start_one:
        yield start_one


@pytest.fixture
def dev(start: Callable[..., Dev]) -> Dev:
    started = start()
    started.shows("greet live")
    return started


def test_a_change_is_live_however_it_is_written(dev: Dev) -> None:
    assert dev.execute("greet", {"name": "Ada"})["result"] == {"hello": "ADA"}

    # In two steps: until it is written, it is empty, which is no such module.
    (dev.folder / "src/lib.js").write_text('export const greeting = "hi";\n')
    dev.shows("greet live", times=2)
    assert dev.execute("greet", {"name": "Ada"})["result"] == {"hi": "ADA"}

    dev.write("src/lib.js", 'export const greeting = "ave";\n')
    dev.shows("greet live", times=3)
    assert dev.execute("greet", {"name": "Ada"})["result"] == {"ave": "ADA"}


def test_console_lines_and_errors_of_all_executions_are_shown(dev: Dev) -> None:
    dev.execute("greet", {"name": "Ada"})
    dev.shows("greet ok")
    dev.shows("log    called by Ada")

    dev.execute("greet", {"name": 1})

    dev.shows("greet exception")
    dev.shows("TypeError: name.toUpperCase is not a function\n      at src/greet.js:4:29\n")
    dev.shows("     4 |   return { [greeting]: name.toUpperCase() };")


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("export default () => ;\n", "at src/greet.js:1:22\n       1 | export default () => ;\n"),
        ("return 1 +;\n", "at src/greet.js:1:11\n       1 | return 1 +;\n"),
        (
            'import a from "./no.js";\nexport default () => a;',
            "no file of the function is './no.js'",
        ),
        (None, "src/greet.js: cannot be read: No such file or directory"),
    ],
)
def test_what_does_not_compile_is_shown_and_the_last_good_one_stays(
    dev: Dev, source: str | None, shown: str
) -> None:
    if source is None:
        (dev.folder / "src/greet.js").unlink()
    else:
        dev.write("src/greet.js", source)

    dev.shows(shown)

    assert dev.execute("greet", {"name": "Ada"})["result"] == {"hello": "ADA"}
    dev.write("src/greet.js", "return 'mended';")
    dev.shows("greet live", times=2)
    assert dev.execute("greet")["result"] == "mended"


def test_functions_and_triggers_come_and_go_with_the_manifest(dev: Dev) -> None:
    trigger = (
        '[[functions.page.triggers]]\ntype = "http"\npath = "shop"\nauth = { type = "none" }\n'
    )
    dev.write("src/page.js", 'export default () => new Response("a page");')
    dev.write("isolambda.toml", f'{MANIFEST}[functions.page]\nmain = "src/page.js"\n{trigger}')
    dev.shows("page live")
    dev.shows("page/http http://127.0.0.1")

    dev.write("isolambda.toml", f"{MANIFEST}nonsense = 1\n")
    dev.shows("isolambda.toml:6: functions.greet.nonsense")
    dev.write("isolambda.toml", MANIFEST)

    dev.shows("page remove")
    assert dev.execute("greet", {"name": "Ada"})["outcome"] == "ok"


def test_data_and_functions_are_there_again_after_a_restart(start: Callable[..., Dev]) -> None:
    first = start()
    first.shows("greet live")
    first.end()

    second = start()

    second.shows("greet live")
    assert second.execute("greet", {"name": "Ada"})["outcome"] == "ok"


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_server_ends_with_it(dev: Dev, with_signal: signal.Signals) -> None:
    dev.execute("greet", {"name": "Ada"})
    servers = dev.servers()
    assert servers[1:]

    code = dev.end(with_signal)

    assert code == (-signal.SIGKILL if with_signal is signal.SIGKILL else 0)
    for server in servers:
        wait_for_end(server)
    assert "Traceback" not in dev.shown


def test_it_ends_when_its_server_does(dev: Dev) -> None:
    os.kill(dev.servers()[0], signal.SIGKILL)

    assert dev.process.wait(WAIT_S) == 1
    dev.shows("isolambda: the server has ended; ")


def test_keys_run_the_last_call_again_and_end(start: Callable[..., Dev]) -> None:
    dev = start(terminal=True)
    dev.shows("greet live")
    dev.press("r")
    dev.shows("nothing was called yet")
    dev.execute("greet", {"name": "Ada"})
    dev.shows("called by Ada")

    dev.press("r")
    dev.shows("called by Ada", times=2)
    dev.press("q")

    assert dev.process.wait(WAIT_S) == 0


def test_for_scripts_all_that_happens_is_a_line_of_json(start: Callable[..., Dev]) -> None:
    dev = start("--port", "0", "--json")
    dev.shows('"deployed"')
    dev.execute("greet", {"name": "Ada"})
    dev.shows('"executed"')
    dev.write("src/greet.js", "export default () => ;\n")
    dev.shows('"not_deployed"')
    dev.end()
    dev.reader.join(WAIT_S)

    lines = [json.loads(line) for line in dev.shown.splitlines()]
    by_event = {line["event"]: line for line in lines}
    assert lines[0]["url"].startswith("http://127.0.0.1:")
    assert by_event["deployed"]["name"] == "greet"
    assert by_event["executed"]["execution"]["logs"][0]["text"] == "called by Ada"
    assert by_event["not_deployed"]["error"]["line"] == 1


def test_a_second_one_in_the_folder_says_so(dev: Dev, start: Callable[..., Dev]) -> None:
    second = start()

    assert second.process.wait(WAIT_S) == 1
    second.shows(f"isolambda dev serves this folder already (process {dev.process.pid})")
    assert alive(dev.process.pid)


def test_a_port_that_is_taken_is_named(start: Callable[..., Dev]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        dev = start("--port", str(port))

        assert dev.process.wait(WAIT_S) == 1
    dev.shows(
        f"isolambda: 127.0.0.1:{port} is in use by another program; "
        "end that one, or choose another --port"
    )


def test_a_function_that_never_compiled_is_live_once_it_does(start: Callable[..., Dev]) -> None:
    dev = start()
    dev.shows("greet live")
    dev.write("src/greet.js", "export default () => {")
    dev.shows("does not compile")
    dev.end()

    again = start()
    again.shows("does not compile")
    again.write("src/greet.js", "export default () => 1;")

    again.shows("greet live")
    assert eventually(lambda: again.execute("greet")["result"]) == 1
