"""Every sample decides as its comment says: executed by the real executor, at any time of the year.

What a sample returns is always a callflow, and its data is what Kazoo's modules take.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from isolambda_api.functions.samples import samples
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    Outcome,
)
from isolambda_core.domain.functions.callflows import check_callflow
from isolambda_core.domain.functions.functions import validated_function
from isolambda_core.domain.ids import new_id
from isolambda_executor.supervisor import Supervisor

Callflow = dict[str, Any]

NAMES = [str(sample["name"]) for sample in samples()]
EVERY_KEY: dict[str, Any] = {
    "Account-ID": "a" * 32,
    "Api-Version": "4.x",
    "Call-ID": "7b0c1d@10.0.0.1",
    "Caller-ID-Name": "Ada",
    "Caller-ID-Number": "+442079460002",
    "Custom-Application-Vars": {"tier": "gold"},
    "Custom-SIP-Headers": {"X-Auth-Token": "swordfish", "X-Reason": "test"},
    "Digits": "1234",
    "Direction": "inbound",
    "From": "442079460002",
    "From-Realm": "sip.example.com",
    "Language": "en-us",
    "Request": "1000",
    "To": "1000",
    "User-ID": ["b" * 32, "c" * 32],
}

_TEXT = {"type": "string"}
_ID = {"type": "string", "minLength": 32, "maxLength": 32}
# Of Kx: priv/couchdb/schemas/callflows.*.json what the samples use; all of it is there, but for
# the priority.
_DATA: dict[str, dict[str, Any]] = {
    "acdc_member": {"id": _ID, "priority": {"type": "integer"}},
    "hangup": {},
    "language": {"language": {**_TEXT, "pattern": "^[A-Za-z]{2}(-[A-Za-z]{2})?$"}},
    "menu": {"id": _ID},
    "prepend_cid": {"action": {"const": "prepend"}, "caller_id_name_prefix": _TEXT},
    "response": {"code": {"type": "integer", "minimum": 400, "maximum": 699}, "message": _TEXT},
    "set_cid": {"caller_id_name": _TEXT, "caller_id_number": _TEXT},
    "tts": {"text": {**_TEXT, "minLength": 1, "maxLength": 1000}},
    "user": {"id": _ID, "timeout": {"type": "integer", "minimum": 1}},
    "voicemail": {"action": {"const": "compose"}, "id": _ID},
    "webhook": {
        "http_verb": {"enum": ["get", "post"]},
        "uri": {**_TEXT, "pattern": "^https://"},
        "retries": {"type": "integer"},
        "custom_data": {"type": "object"},
    },
}


def assert_kazoo_takes(callflow: Callflow) -> None:
    assert list(check_callflow(callflow)) == []
    for node in steps(callflow):
        properties = _DATA[node["module"]]
        schema = {
            "properties": properties,
            "required": sorted(properties.keys() - {"priority"}),
            "additionalProperties": False,
        }
        Draft202012Validator(schema).validate(node["data"])


class Kazoo:
    """Asks samples what to do with a call, and refuses what a Kazoo would not do."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._sources = {sample["name"]: str(sample["function_js"]) for sample in samples()}

    def ask(self, name: str, call: object = None, at: str | None = None) -> Callflow:
        """Return what the sample decides, by a clock that stands ``at`` an instant if given."""
        source = self._sources[name]
        if at is not None:
            source = (
                "const Date = class extends globalThis.Date { constructor(...given) "
                f"{{ super(...(given.length ? given : ['{at}'])); }} }};\n{source}"
            )
        result = self._supervisor.execute(
            ExecutionRequest(
                new_id(), "a" * 32, "f" * 32, "$LATEST", source, json.dumps(call or {}).encode()
            )
        )
        assert result.outcome is Outcome.OK, result.error
        assert result.result is not None
        callflow: Callflow = json.loads(result.result)
        assert_kazoo_takes(callflow)
        return callflow


def steps(callflow: Callflow) -> Iterator[Callflow]:
    """Yield the nodes of a callflow from its first to its last; the samples branch nowhere."""
    node: Callflow | None = callflow
    while node is not None:
        yield node
        node = node.get("children", {}).get("_")


def modules(callflow: Callflow) -> list[str]:
    return [node["module"] for node in steps(callflow)]


@pytest.fixture(scope="module")
def kazoo() -> Iterator[Kazoo]:
    with Supervisor(workers=1) as supervisor:
        yield Kazoo(supervisor)


def texts(callflow: Callflow) -> str:
    """Return what the caller hears."""
    return " ".join(node["data"]["text"] for node in steps(callflow) if node["module"] == "tts")


def test_there_are_samples_for_what_a_telephone_person_wants() -> None:
    assert NAMES == [
        "Caller lists",
        "Debug dump",
        "Greet the caller",
        "Holiday menu",
        "Language of the caller",
        "Number lookup",
        "Opening hours",
        "Ring then voicemail",
        "Weighted routing",
    ]


@pytest.mark.parametrize("sample", samples(), ids=NAMES)
def test_a_sample_is_a_whole_document_that_reads_well(sample: dict[str, Any]) -> None:
    source = sample["function_js"]

    assert validated_function(sample) == sample
    assert source.startswith("// ")
    assert 10 <= len(source.splitlines()) <= 40
    assert max(map(len, source.splitlines())) <= 100


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("call", [{}, EVERY_KEY, dict.fromkeys(EVERY_KEY, "")])
def test_a_call_may_have_every_key_or_empty_ones_or_none(
    kazoo: Kazoo, name: str, call: object
) -> None:
    assert modules(kazoo.ask(name, call))


@pytest.mark.parametrize(
    ("at", "decided"),
    [
        ("2026-11-23T08:59:59Z", "closed"),  # a Monday; London is on UTC
        ("2026-11-23T09:00:00Z", "open"),
        ("2026-11-23T12:30:00Z", "at lunch until 13:15"),
        ("2026-11-23T13:15:00Z", "open"),
        ("2026-11-23T17:29:59Z", "open"),
        ("2026-11-23T17:30:00Z", "closed"),
        ("2026-11-27T16:00:00Z", "closed"),  # a Friday
        ("2026-11-28T10:00:00Z", "closed"),  # a Saturday
        ("2026-07-06T08:00:00Z", "open"),  # a Monday in summer, when London is an hour ahead
        ("2026-07-06T16:30:00Z", "closed"),
    ],
)
def test_opening_hours_are_the_offices_own(kazoo: Kazoo, at: str, decided: str) -> None:
    callflow = kazoo.ask("Opening hours", at=at)

    if decided == "open":
        assert modules(callflow) == ["user", "tts", "voicemail"]
    else:
        assert modules(callflow) == ["tts", "voicemail"]
        assert decided in texts(callflow)


@pytest.mark.parametrize(
    ("number", "decided"),
    [
        ("+12025550199", ["response"]),
        ("1 (202) 555-0199", ["response"]),
        ("001900 555 1234", ["response"]),
        ("+44 20 7946 0001", ["prepend_cid", "user"]),  # also on the allow list
        ("+442079460002", ["user"]),
        ("+12025550123", ["user"]),
        ("+12025550124", ["menu"]),
        ("anonymous", ["menu"]),
        (None, ["menu"]),
    ],
)
def test_caller_lists_decide_by_number(
    kazoo: Kazoo, number: str | None, decided: list[str]
) -> None:
    assert modules(kazoo.ask("Caller lists", {"Caller-ID-Number": number})) == decided


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        ("2026-01-01", "New Year's Day"),
        ("2026-12-28", "our yearly stocktaking"),
        ("2027-12-28", None),
        ("2026-04-03", "Good Friday"),
        ("2026-04-06", "Easter Monday"),
        ("2026-05-14", "Ascension Day"),
        ("2026-05-25", "Whit Monday"),
        ("2027-03-29", "Easter Monday"),
        ("2038-04-26", "Easter Monday"),  # the latest that it can be
        ("2285-03-23", "Easter Monday"),  # the earliest
        ("2076-04-20", "Easter Monday"),  # the rule's exception
        ("2026-04-07", None),
        ("2026-11-22", None),
    ],
)
def test_the_menu_goes_by_the_holiday_also_by_one_that_moves(
    kazoo: Kazoo, day: str, holiday: str | None
) -> None:
    callflow = kazoo.ask("Holiday menu", at=f"{day}T10:00:00Z")

    if holiday is None:
        assert modules(callflow) == ["menu"]
    else:
        assert modules(callflow) == ["tts", "menu"]
        assert holiday in texts(callflow)


def test_a_holiday_begins_at_midnight_where_the_office_is(kazoo: Kazoo) -> None:
    assert modules(kazoo.ask("Holiday menu", at="2026-12-24T22:59:59Z")) == ["menu"]
    assert modules(kazoo.ask("Holiday menu", at="2026-12-24T23:00:00Z")) == ["tts", "menu"]


@pytest.mark.parametrize(
    ("call", "language"),
    [
        ({"Caller-ID-Number": "+370 612 34567"}, "lt-lt"),
        ({"Caller-ID-Number": "0049 30 901820"}, "de-de"),
        ({"Caller-ID-Number": "+41 44 555 1234"}, "de-de"),
        ({"Caller-ID-Number": "+41 22 555 1234"}, "fr-fr"),  # Geneva
        ({"Caller-ID-Number": "+1 514 555 0100"}, "fr-fr"),  # Montreal
        ({"Caller-ID-Number": "+12025550123", "Language": "de-de"}, "en-us"),
        ({"Caller-ID-Number": "+81 3 5555 0100", "Language": "de_AT"}, "de-de"),
        ({"Caller-ID-Number": "1000", "Language": "lt"}, "lt-lt"),
        ({"Language": "ja-jp"}, "en-us"),
        ({"Language": "d"}, "en-us"),
    ],
)
def test_the_language_is_the_callers(kazoo: Kazoo, call: object, language: str) -> None:
    chosen, menu = steps(kazoo.ask("Language of the caller", call))

    assert chosen["data"] == {"language": language}
    assert menu["module"] == "menu"


def test_each_language_has_its_menu(kazoo: Kazoo) -> None:
    menus = {
        language: list(steps(kazoo.ask("Language of the caller", {"Language": language})))[-1]
        for language in ("en", "de", "fr", "lt")
    }

    assert len({menu["data"]["id"] for menu in menus.values()}) == 4


def test_calls_are_shared_out_by_weight_and_each_stays_where_it_is(kazoo: Kazoo) -> None:
    calls = [{"Call-ID": f"{n}@10.26.0.1"} for n in range(500)]

    first, again = (
        [kazoo.ask("Weighted routing", call)["data"]["id"][-1] for call in calls] for _ in range(2)
    )

    assert first == again
    shares = Counter(first)
    assert shares["1"] == pytest.approx(350, abs=40)
    assert shares["2"] == pytest.approx(100, abs=30)
    assert shares["3"] == pytest.approx(50, abs=20)


@pytest.mark.parametrize(
    ("at", "number", "seconds"),
    [
        ("2026-11-23T12:00:00Z", None, [15, 20, 25]),  # seven in New York
        ("2026-11-23T11:59:59Z", None, []),
        ("2026-11-24T00:00:00Z", None, [20]),
        ("2026-11-24T03:00:00Z", None, []),
        ("2026-11-24T03:00:00Z", "+12025550123", [15, 20, 25]),
    ],
)
def test_a_user_is_rung_by_the_time_of_day_and_then_a_message_is_taken(
    kazoo: Kazoo, at: str, number: str | None, seconds: list[int]
) -> None:
    call = {"Caller-ID-Number": number, "User-ID": "b" * 32}

    *rings, last = steps(kazoo.ask("Ring then voicemail", call, at))

    assert [ring["data"] for ring in rings] == [
        {"id": "b" * 32, "timeout": timeout} for timeout in seconds
    ]
    assert last["module"] == "voicemail"


def test_a_debug_dump_sends_every_key_and_hides_what_is_secret(kazoo: Kazoo) -> None:
    webhook, spoken, end = steps(kazoo.ask("Debug dump", EVERY_KEY))
    sent = webhook["data"]["custom_data"]

    assert sent.keys() == EVERY_KEY.keys()
    assert sent["Caller-ID-Name"] == "Ada"
    assert sent["Digits"] == "(hidden)"
    assert json.loads(sent["Custom-SIP-Headers"]) == {
        "X-Auth-Token": "(hidden)",
        "X-Reason": "test",
    }
    assert f"{len(EVERY_KEY)} keys" in spoken["data"]["text"]
    assert end["module"] == "hangup"


def test_a_debug_dump_of_a_huge_call_stays_small(kazoo: Kazoo) -> None:
    callflow = kazoo.ask("Debug dump", {f"Key-{n}": "x" * 10_000 for n in range(200)})

    assert len(json.dumps(callflow)) < 20_000
    assert "200 keys" in texts(callflow)


@pytest.mark.parametrize(
    "written",
    ["+44 (0)20 7946 0001", "0044 20 7946 0001", "020 7946 0001", "442079460001", "+442079460001"],
)
def test_a_number_is_known_however_it_is_written(kazoo: Kazoo, written: str) -> None:
    named, queued = steps(kazoo.ask("Number lookup", {"Caller-ID-Number": written}))

    assert named["data"] == {"caller_id_name": "Acme Ltd", "caller_id_number": "+442079460001"}
    assert queued["data"]["priority"] == 10


@pytest.mark.parametrize("written", [None, "anonymous", "1000", "+0", "__proto__", "+4930901820"])
def test_a_number_that_is_not_known_waits_in_the_general_queue(
    kazoo: Kazoo, written: str | None
) -> None:
    assert modules(kazoo.ask("Number lookup", {"Caller-ID-Number": written})) == ["acdc_member"]


def test_the_caller_is_greeted_by_name_and_the_user_rung_whom_they_called(kazoo: Kazoo) -> None:
    named, rung = steps(kazoo.ask("Greet the caller", EVERY_KEY))

    assert named["data"]["text"].startswith("Hello Ada.")
    assert rung["data"]["id"] == EVERY_KEY["User-ID"][0]


def test_a_name_as_long_as_a_stranger_likes_is_cut(kazoo: Kazoo) -> None:
    callflow = kazoo.ask("Greet the caller", {"Caller-ID-Name": "Ada" * 1_000})

    assert len(texts(callflow)) < 200
