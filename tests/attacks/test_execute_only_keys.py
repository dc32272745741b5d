"""Who may execute a function and nothing else cannot take it away from its other callers."""

from collections.abc import Callable

import httpx2
import pytest

from tests.end_to_end.conftest import Tenant

MORE_THAN_DISABLE = 8
Ask = Callable[[httpx2.Client, str, str], httpx2.Response]


def execute(client: httpx2.Client, url: str, query: str, body: object) -> httpx2.Response:
    return client.post(f"{url}/execute{query}", json={"data": body})


DEMANDS: dict[str, Ask] = {
    "a callflow of a function that returns a number": (
        lambda client, url, _: execute(client, url, "?validate=callflow", {})
    ),
    "a callflow, without waiting": lambda client, url, _: client.post(
        f"{url}/execute?validate=callflow", json={"data": {}}, headers={"Prefer": "respond-async"}
    ),
    "a call": lambda client, _, pivot: client.post(pivot),
    "a call, asked by GET": lambda client, _, pivot: client.get(pivot),
    "an input that is none": lambda client, url, _: client.post(f"{url}/execute", content=b"{"),
    "a qualifier that is none": lambda client, url, _: execute(client, url, "?qualifier=no", {}),
}


@pytest.mark.parametrize("demand", DEMANDS.values(), ids=DEMANDS.keys())
def test_a_demand_that_a_function_does_not_meet_does_not_disable_it(
    mallory: Tenant, alice: Tenant, demand: Ask
) -> None:
    function = alice.create("return 1")
    with alice.client() as owner:
        asked = {"scopes": ["execute"], "function_id": function}
        made = owner.put(f"/v2/accounts/{alice.account_id}/api_keys", json={"data": asked})
    key = made.json()["data"]["api_key"]
    pivot = f"/pivot/{alice.account_id}/{function}?key={key}"

    with mallory.client(**{"X-Auth-Token": key}) as attacker:
        answers = [
            demand(attacker, alice.functions_url(function), pivot) for _ in range(MORE_THAN_DISABLE)
        ]

    assert all(answer.status_code < 500 or answer.status_code == 502 for answer in answers)
    assert alice.execute(function)["result"] == 1
    with alice.client() as owner:
        document = owner.get(alice.functions_url(function)).json()["data"]
    assert (document["enabled"], "disable_reason" in document) == (True, False)
