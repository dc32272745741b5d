"""Two hundred clients at once, each with a connection of its own: nothing that they write is lost.

On a busy machine one may wait too long for its turn to write, and is refused with a 503: then it
asks again, since nothing of that is written.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import httpx2

from tests.support.servers import Server
from tests.support.waiting import WAIT_S

CLIENTS = 200

Found = TypeVar("Found")


def at_once(server: Server, live: Callable[[httpx2.Client, int], Found]) -> list[Found]:
    """Let every client, from 0 on, ``live``; all begin at the same moment."""
    ready = Barrier(CLIENTS, timeout=WAIT_S)

    def run(number: int) -> Found:
        with server.client() as client:
            ready.wait()
            return live(client, number)

    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(run, range(CLIENTS)))


def ask(how: Callable[..., httpx2.Response], url: str, **more: Any) -> httpx2.Response:
    """Ask until the turn to read or to write comes in time."""
    while True:
        answer = how(url, **more)
        if answer.status_code != 503 or answer.json()["message"] != "datastore_unreachable":
            return answer


def data(answer: httpx2.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


def pages(client: httpx2.Client, url: str) -> list[dict[str, Any]]:
    """Return the items of all pages of a list."""
    page = ask(client.get, url)
    items: list[dict[str, Any]] = data(page)
    while key := page.json().get("next_start_key"):
        page = ask(client.get, url, params={"start_key": key})
        items += data(page)
    return items


def test_two_hundred_clients_of_one_account_find_all_that_they_wrote(server: Server) -> None:
    url = server.functions_url()

    def live(client: httpx2.Client, number: int) -> dict[str, Any]:
        first = {"name": "first", "function_js": "return 'first'"}
        function = data(ask(client.put, url, json={"data": first}), 201)["id"]
        one = f"{url}/{function}"
        last = {"name": f"last {number}", "function_js": f"return {number}"}
        data(ask(client.post, one, json={"data": {**last, "function_js": "return 'second'"}}))
        data(
            ask(
                client.patch,
                one,
                json={"data": {"function_js": last["function_js"], "tag": number}},
            )
        )
        assert data(ask(client.get, one)) == {
            **last, "tag": number, "id": function, "enabled": True, "language_pack": "javascript",
        }  # fmt: skip
        mine = {**last, "id": function, "enabled": True}
        listed = [item for item in pages(client, url) if item["id"] == function]
        assert listed == [mine]  # also while others write
        return mine

    written = at_once(server, live)

    written.sort(key=lambda item: item["id"], reverse=True)
    with server.client() as client:
        assert pages(client, url) == written
        assert data(ask(client.get, url, params={"paginate": "false"})) == written


def test_two_hundred_clients_of_one_function_each_keep_their_key(server: Server) -> None:
    url = server.functions_url(server.create("return 1"))

    def live(client: httpx2.Client, number: int) -> None:
        patch = {"data": {f"key {number}": number}}
        while True:
            # Every tenth says what it has seen; the others leave it to the server.
            seen = {"if-match": ask(client.get, url).headers["etag"]} if number % 10 == 0 else {}
            answer = ask(client.patch, url, json=patch, headers=seen)
            if answer.status_code not in (409, 412):  # another client was first
                break
        assert data(answer)[f"key {number}"] == number

    at_once(server, live)

    with server.client() as client:
        function = data(ask(client.get, url))
    assert {key: function[key] for key in function if key.startswith("key ")} == {
        f"key {number}": number for number in range(CLIENTS)
    }
