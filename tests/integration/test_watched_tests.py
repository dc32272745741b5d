"""``isolambda test --watch`` runs at first and after each change, and ends by Ctrl-C."""

import signal
import subprocess
from pathlib import Path
from threading import Thread

from tests.support.commands import COMMAND, Forked
from tests.support.waiting import WAIT_S, eventually

HEAD = 'import { expect, test } from "isolambda:test";\n'


def test_tests_run_again_after_a_change(tmp_path: Path) -> None:
    (tmp_path / "isolambda.toml").write_text(
        '[project]\nname = "shop"\n[functions.greet]\nmain = "greet.js"\n'
    )
    (tmp_path / "greet.js").write_text("export default () => 1;\n")
    (tmp_path / "greet.test.js").write_text(f"{HEAD}test('one', () => {{}});\n")
    process = Forked(
        [COMMAND, "test", "--watch", "--reporter", "tap"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    output: list[str] = []
    reader = Thread(target=output.extend, args=(process.stdout,))
    reader.start()
    try:
        eventually(lambda: "ok 1 - greet.test.js > one\n" in output)

        (tmp_path / "greet.test.js").write_text(f"{HEAD}test('two', () => {{ null.x; }});\n")

        eventually(lambda: "not ok 1 - greet.test.js > two\n" in output)
        assert output.count("ok 1 - greet.test.js > one\n") == 1
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(WAIT_S) == 130
        reader.join(WAIT_S)
        assert process.stdout is not None
        process.stdout.close()
