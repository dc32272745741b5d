"""A switch calls, and gets its callflow, whatever the function does."""

import pytest

from tests.support.hosts import Host

VOICEMAIL = {"module": "voicemail", "data": {"id": "v", "action": "compose"}}
GREET = "return {module: 'tts', data: {text: 'hi ' + call['Caller-ID-Name']}};"
LOOP = "while (true) {}"


@pytest.fixture(scope="module", autouse=True)
def _an_executor_is_there(host: Host) -> None:
    """Have a Lambda started: a call waits 3 s for it, in which a slow machine starts none."""
    host.execute(host.create("return 1"))


def test_a_call_is_answered_by_its_function(host: Host) -> None:
    answer = host.call(host.create(GREET), {"Caller-ID-Name": "Ada"})

    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"module": "tts", "data": {"text": "hi Ada"}}


@pytest.mark.parametrize(
    "source", [LOOP, "throw new Error('no')", "return 1", "return {module: 'nonsense'}"]
)
def test_a_call_is_answered_by_the_fallback(host: Host, source: str) -> None:
    answer = host.call(host.create(source, fallback=VOICEMAIL))

    assert (answer.status_code, answer.json()) == (200, VOICEMAIL)


def test_a_function_that_keeps_failing_a_call_is_disabled(tenant: Host) -> None:
    function = tenant.create("throw new Error('no')")

    answers = [tenant.call(function) for _ in range(7)]

    assert [answer.status_code for answer in answers] == [502] * 7
    with tenant.client() as owner:
        listed = owner.get(tenant.functions_url()).json()["data"]
        owner.patch(tenant.functions_url(), json={"data": {"re-enable": True}})
    assert "the last: exception" in listed[0]["disable_reason"]
    assert tenant.call(function).status_code == 502
