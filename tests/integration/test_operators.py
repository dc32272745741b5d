"""What an operator types, while a server works on the same file."""

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.integration.test_asynchronous import fetch as fetch_record
from tests.integration.test_asynchronous import submit, wait_for_the_end
from tests.support import commands
from tests.support.commands import COMMAND
from tests.support.servers import ONE_WORKER, Server
from tests.support.waiting import WAIT_S


def isolambda(server: Server, *words: str) -> subprocess.CompletedProcess[str]:
    return commands.run("admin", *words, "--data-dir", server.data_dir)


def ask(server: Server, *words: str) -> Any:
    answer = isolambda(server, *words, "--json")
    assert (answer.returncode, answer.stderr) == (0, "")
    return json.loads(answer.stdout)


def fetch(server: Server, account_id: str, api_key: str) -> int:
    with server.client(**{"X-Auth-Token": api_key}) as client:
        return client.get(f"/v2/accounts/{account_id}").status_code


def test_the_server_knows_at_once_what_an_operator_did(server: Server) -> None:
    made = ask(server, "accounts", "create", "Acme")
    account_id = made["account_id"]
    assert fetch(server, account_id, made["api_key"]) == 200

    rotated = ask(server, "keys", "rotate", account_id)["api_key"]
    assert [fetch(server, account_id, key) for key in (made["api_key"], rotated)] == [200, 200]
    before = next(row for row in ask(server, "keys", "list", account_id) if row["expires"])
    ask(server, "keys", "revoke", account_id, before["key_id"])
    assert [fetch(server, account_id, key) for key in (made["api_key"], rotated)] == [401, 200]

    ask(server, "accounts", "disable", account_id)
    assert fetch(server, account_id, rotated) == 423
    ask(server, "accounts", "enable", account_id)
    assert fetch(server, account_id, rotated) == 200

    output = server.end()
    assert made["api_key"] not in output
    assert rotated not in output


def test_many_operators_and_the_clients_of_a_server_lose_nothing_of_each_other(
    shared: Server,
) -> None:
    def create_functions() -> list[str]:
        return [shared.create(f"return {number}") for number in range(40)]

    with ThreadPoolExecutor(5) as pool:
        functions = pool.submit(create_functions)
        names = [f"no. {number}" for number in range(4)]
        made = list(pool.map(lambda name: ask(shared, "accounts", "create", name), names))

    listed = {row["account_id"]: row["name"] for row in ask(shared, "accounts", "list")}
    assert [listed[one["account_id"]] for one in made] == names
    assert listed.keys() - {one["account_id"] for one in made} == {shared.credentials["account_id"]}
    assert all(fetch(shared, one["account_id"], one["api_key"]) == 200 for one in made)
    assert all(shared.execute(function)["outcome"] == "ok" for function in functions.result())


def test_a_server_starts_with_the_new_key_of_an_account_that_an_operator_rotated(
    start: Callable[..., Server],
) -> None:
    server = start(*ONE_WORKER)
    account_id = server.credentials["account_id"]
    rotated = ask(server, "keys", "rotate", account_id)["api_key"]
    assert server.credentials["api_key"] != rotated
    server.end()

    restarted = start(*ONE_WORKER)
    assert restarted.credentials["account_id"] == account_id
    assert restarted.credentials["api_key"] == rotated


def test_what_failed_for_good_is_redriven(shared: Server) -> None:
    function = shared.create("throw new Error('not yet');", attempts=1)
    with shared.client() as client:
        execution = submit(client, shared, function, 1)
        wait_for_the_end(client, shared, function)
        [letter] = ask(shared, "dead-letters", "list")
        mended = {"data": {"function_js": "return 'at last';"}}
        client.patch(shared.functions_url(function), json=mended).raise_for_status()

        [row] = ask(shared, "dead-letters", "redrive", "--execution", execution)
        wait_for_the_end(client, shared, function)

        record = fetch_record(client, shared, function, execution)
    assert (letter["execution_id"], letter["error"]) == (execution, "not yet")
    assert row["redrive"] == "redriven"
    assert (record["status"], record["result"], record["attempts"]) == ("succeeded", "at last", 1)
    assert ask(shared, "dead-letters", "list") == []


def test_an_error_is_one_line_and_an_exit_code(shared: Server) -> None:
    answer = isolambda(shared, "accounts", "disable", "nobody")

    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == f"isolambda: {shared.data_dir}: no account 'nobody'\n"


def test_the_output_of_a_list_can_be_cut_short(shared: Server) -> None:
    line = f"{COMMAND} admin accounts list --data-dir {shared.data_dir} | head -c 1"
    answer = subprocess.run(  # noqa: S602 - what an operator types
        line, shell=True, capture_output=True, text=True, timeout=WAIT_S, check=False
    )

    assert (len(answer.stdout), answer.stderr) == (1, "")
