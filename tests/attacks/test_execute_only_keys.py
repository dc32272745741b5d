"""Who may execute a function and nothing else cannot take it away from its other callers."""

from collections.abc import Callable

import httpx2
import pytest

from tests.support.tenants import Tenant

MORE_THAN_DISABLE = 8
Ask = Callable[[httpx2.Client, str, str], httpx2.Response]


def execute(client: httpx2.Client, url: str, query: str, body: object) -> httpx2.Response:
    return client.post(f"{url}/execute{query}", json={"data": body})


def key_for(tenant: Tenant, function: str) -> str:
    """Return a key that may execute one function and nothing else."""
    with tenant.client() as owner:
        asked = {"scopes": ["execute"], "function_id": function}
        made = owner.put(f"/v2/accounts/{tenant.account_id}/api_keys", json={"data": asked})
    return str(made.json()["data"]["api_key"])


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
    key = key_for(alice, function)
    pivot = f"/pivot/{alice.account_id}/{function}?key={key}"

    with mallory.client(**{"X-Auth-Token": key}) as attacker:
        answers = [
            demand(attacker, alice.functions_url(function), pivot) for _ in range(MORE_THAN_DISABLE)
        ]

    assert all(answer.status_code < 500 or answer.status_code == 502 for answer in answers)
    assert alice.execute(function)["result"] == 1
    with alice.client() as owner:
        document = owner.get(alice.functions_url(function)).json()["data"]
    assert (document["enabled"], "_read_only" in document) == (True, False)


FAILS = "if (call && call.fail) throw new Error('no'); return 1"


@pytest.mark.parametrize("failing", ["$LATEST", "1", "live"])
def test_inputs_that_a_version_fails_for_take_no_other_version_away(
    mallory: Tenant, alice: Tenant, failing: str
) -> None:
    function = alice.create(FAILS)
    url, key = alice.functions_url(function), key_for(alice, function)
    with alice.client() as owner:
        assert owner.put(f"{url}/versions", json={"data": {}}).status_code == 201
        owner.patch(url, json={"data": {"function_js": f"{FAILS} + 1"}})
        assert owner.put(f"{url}/versions", json={"data": {}}).status_code == 201
        for name, version in (("live", 1), ("next", 2)):
            alias = {"name": name, "version": version}
            assert owner.put(f"{url}/aliases", json={"data": alias}).status_code == 201

    with mallory.client(**{"X-Auth-Token": key}) as attacker:
        for _ in range(MORE_THAN_DISABLE):
            execute(attacker, url, f"?qualifier={failing}", {"fail": True})
        alike = {"1", "live"} if failing != "$LATEST" else {"$LATEST"}
        answers = {
            qualifier: execute(attacker, url, f"?qualifier={qualifier}", {}).status_code
            for qualifier in ("$LATEST", "1", "live", "2", "next")
        }

    assert answers == {each: 400 if each in alike else 200 for each in answers}
    with alice.client() as owner:
        [disabled] = owner.get(url).json()["data"]["_read_only"]["disabled"]
    assert disabled["version"] == ("$LATEST" if failing == "$LATEST" else "1")
    assert disabled["reason"] == "6 failures within 60 s; the last: exception"
