"""A replay shows what a version changes, and reaches nothing, on one machine and on AWS."""

from typing import Any

import httpx2

from tests.support.hosts import Host

SOURCE = """
const visits = await context.kv.increment(`visits:${call.name}`);
return { visits, at: Date.now(), hello: call.name };
"""
NAMES = ("Ada", "Grace", "Barbara")
# What runs first on AWS may begin with the start of a Lambda, which takes seconds.
PATIENT = {"wall_time_ms": 25_000}


def test_a_replay_shows_what_a_version_changes_and_reaches_nothing(
    host: Host, client: httpx2.Client
) -> None:
    function = host.create(SOURCE, record="replayable", kv=["counters"], limits=PATIENT)
    url = host.functions_url(function)
    client.put(f"{url}/versions", json={"data": {}}).raise_for_status()

    def execute(name: str) -> Any:
        data = {"data": {"name": name}}
        answer = client.post(f"{url}/execute", params={"qualifier": "1"}, json=data)
        return answer.json()["data"]["result"]

    def replay(source: str) -> Any:
        changed = client.patch(url, json={"data": {"function_js": source}})
        assert changed.status_code == 200, changed.text
        data = {"from": "1", "to": "$LATEST"}
        answer = client.post(f"{url}/replays", json={"data": data})
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    before = [execute(name) for name in NAMES]
    same = replay(SOURCE.replace("visits, at: Date.now()", "at: +new Date(), visits"))
    other = replay(
        SOURCE.replace(
            "hello: call.name", "hello: call.name === 'Ada' ? 'you' : call.name"
        ).replace("visits:", "visitors:")
    )
    after = [execute(name) for name in NAMES]

    assert [result["visits"] for result in before] == [1, 1, 1]
    assert same["summary"]["equal"] == len(NAMES), same
    assert "/result/at" in same["noise"]["paths"]
    assert other["summary"]["different"] == other["summary"]["other_requests"] == len(NAMES)
    assert [result["visits"] for result in after] == [2, 2, 2]
