"""A function of several modules, from the document to the errors that its callers see."""

from typing import Any

import httpx2
import pytest

from isolambda_core.domain.limits import SOURCE_BYTES
from tests.support.hosts import Host

ENTRY = """import { total, type Line } from './lib/total.js';
import rates from './rates.json';
export default (call: { lines: Line[] }) => total(call.lines) * rates.eur;
"""
TOTAL = """export interface Line { price: number; n: number }
export const total = (lines: Line[]): number =>
  lines.reduce((sum, { price, n }) => sum + price * n, 0);
"""
FILES = {"lib/total.ts": TOTAL, "rates.json": '{"eur": 2}'}
CALL = {"lines": [{"price": 3, "n": 4}]}


def typescript(source: str = ENTRY, files: dict[str, str] = FILES, **document: Any) -> Any:
    return {
        "data": {
            "name": "modules",
            "function_js": source,
            "language_pack": "typescript",
            "files": files,
            **document,
        }
    }


def saved(host: Host, client: httpx2.Client, document: Any) -> str:
    made = client.put(host.functions_url(), json=document)
    assert made.status_code == 201, made.text
    return str(made.json()["data"]["id"])


def test_typescript_in_three_files_is_saved_executed_changed_and_published(
    host: Host, client: httpx2.Client
) -> None:
    function = saved(host, client, typescript())
    url = host.functions_url(function)
    shown = client.get(url).json()["data"]
    etag = client.get(url).headers["etag"]
    assert (shown["function_js"], shown["files"]) == (ENTRY, FILES)
    assert "compiled" not in shown
    assert host.execute(function, CALL)["result"] == 24

    version = client.put(f"{url}/versions", json={"data": {}}).json()["data"]
    assert version["files"] == FILES
    patched = client.patch(url, json={"data": {"files": {"rates.json": '{"eur": 10}'}}})
    assert patched.status_code == 200, patched.text
    assert patched.headers["etag"] != etag
    assert host.execute(function, CALL)["result"] == 120

    frozen = client.post(
        f"{url}/execute", params={"qualifier": str(version["version"])}, json={"data": CALL}
    )
    assert frozen.json()["data"]["result"] == 24


def test_one_module_is_enough(host: Host, client: httpx2.Client) -> None:
    function = saved(
        host,
        client,
        {"data": {"name": "one", "function_js": "export default ({ n }) => n + 1;"}},
    )

    assert host.execute(function, {"n": 1})["result"] == 2


def test_both_dialects_say_in_which_file_an_error_was(host: Host, client: httpx2.Client) -> None:
    function = saved(host, client, typescript())

    error = host.execute(function, {"lines": None})["error"]
    codemash = client.post(
        f"/v2/serverless/functions/{function}/execute",
        headers={"X-CM-ProjectId": host.credentials["account_id"]},
        json={"data": '{"lines": null}'},
    )

    place = {"file": "lib/total.ts", "line": 3, "column": 9}
    assert {key: error[key] for key in place} == place
    assert "at total (lib/total.ts:3:9)" in error["stack"]
    assert "at default (function.ts:3:45)" in error["stack"]
    meta = codemash.json()["responseStatus"]["meta"]
    assert {key: meta[key] for key in place} == {key: str(value) for key, value in place.items()}


@pytest.mark.parametrize(
    ("files", "key", "place"),
    [
        ({"lib/total.ts": "export * from 'zod';"}, "files.lib/total%2Ets", (1, 15)),
        ({"lib/total.ts": "export const total = (\n  1;"}, "files.lib/total%2Ets", (2, 4)),
        ({}, "function_js", (1, 34)),
    ],
)  # fmt: skip
def test_modules_that_do_not_compile_are_refused(
    host: Host,
    client: httpx2.Client,
    files: dict[str, str],
    key: str,
    place: tuple[int, int],
) -> None:
    document = typescript(files={"rates.json": "{}", **files})

    refused = client.put(host.functions_url(), json=document)

    assert refused.status_code == 400
    problem = refused.json()["data"][key]["error"]
    assert (problem["line"], problem["column"]) == place


def test_a_change_that_does_not_compile_changes_nothing(host: Host, client: httpx2.Client) -> None:
    function = saved(host, client, typescript())
    url = host.functions_url(function)

    refused = client.patch(url, json={"data": {"files": {"rates.json": None}}})

    assert refused.status_code == 400
    assert host.execute(function, CALL)["result"] == 24


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\U0001f600"], ids=["ascii", "latin", "wide"])
def test_a_bundle_as_long_as_a_source_may_be_is_saved_and_executed(
    host: Host, client: httpx2.Client, letter: str
) -> None:
    lines = ["export default () => last();"]
    lines += [
        f"const f{number} = () => '{letter * 60}';" for number in range(SOURCE_BYTES // 2 // 300)
    ]
    bundle = "\n".join([*lines, f"const last = () => f{len(lines) - 2}().length;\n"])
    room = SOURCE_BYTES - len(bundle.encode())

    function = saved(host, client, {"data": {"name": "bundle", "function_js": bundle + " " * room}})

    assert host.execute(function)["result"] == len(letter.encode("utf-16-le")) // 2 * 60
