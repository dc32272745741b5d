"""The sequence that Kazoo tests its own functions API with (K: pqc_cb_functions), over HTTP."""

import httpx2

from tests.support.servers import Server
from tests.support.waiting import WAIT_S

# Kazoo's test leaves it at that, a value that is no callflow: a module has no `action`.
SOURCE = "return {action: 'tts', data: {text: 'got it ' + call['To']}};"


def test_kazoos_own_test_of_functions_passes(server: Server) -> None:
    with httpx2.Client(base_url=f"{server.credentials['url']}/v2", timeout=WAIT_S) as kazoo:
        key = {"data": {"api_key": server.credentials["api_key"]}}
        came_in = kazoo.put("/api_auth", json=key)
        assert came_in.status_code == 201
        kazoo.headers["X-Auth-Token"] = came_in.json()["auth_token"]
        parent = came_in.json()["data"]["account_id"]

        account = kazoo.put(f"/accounts/{parent}", json={"data": {"name": "pqc_cb_functions"}})
        assert account.status_code == 201
        functions = f"/accounts/{account.json()['data']['id']}/functions"
        assert kazoo.get(functions).json()["data"] == []

        created = kazoo.put(functions, json={"data": {"name": "5eb63bbb", "function_js": SOURCE}})
        assert created.status_code == 201
        function = created.json()["data"]["id"]

        patched = kazoo.patch(f"{functions}/{function}", json={"data": {"custom": "value"}})
        assert patched.status_code == 200
        assert patched.json()["data"]["custom"] == "value"

        [item] = kazoo.get(functions).json()["data"]
        assert item["id"] == function

        ran = kazoo.post(
            f"{functions}/{function}/execute",
            json={
                "data": {
                    "Call-ID": "a0b1c2d3e4f5",
                    "Caller-ID-Name": "from",
                    "Caller-ID-Number": "123456",
                    "From": "from",
                    "To": "to",
                }
            },
        )
        assert ran.json()["data"]["result"] == {"action": "tts", "data": {"text": "got it to"}}

        assert kazoo.delete(f"{functions}/{function}").status_code == 200
        assert kazoo.get(functions).json()["data"] == []
        assert kazoo.delete(functions.removesuffix("/functions")).status_code == 200
