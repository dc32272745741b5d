"""What the console makes of what the API answers, without a browser."""

import json
from random import Random
from typing import Any

import pytest

from isolambda_core.domain.triggers.documents import validated_trigger
from isolambda_core.domain.triggers.webhooks.signatures import Delivery, verify
from tests.unit.console.models import NODE, Evaluate

pytestmark = pytest.mark.skipif(not NODE, reason="NO node HERE: NO MODEL OF THE CONSOLE WAS RUN")

NOW_MS = 1_796_000_000_000
"""2026-11-30T00:53:20Z."""


def record(**keys: Any) -> dict[str, Any]:
    """Return an execution that ended well, as the API has it, with other ``keys``."""
    usual = {
        "status": "succeeded",
        "outcome": "ok",
        "asynchronous": True,
        "attempts": 1,
        "created_ms": NOW_MS,
        "ended_ms": NOW_MS + 1_000,
        "usage": {"wall_ms": 200.0},
        "callback": None,
        "fetches": [],
    }
    return {**usual, **keys}


def test_a_diff_pairs_the_lines_that_take_the_place_of_others(evaluate: Evaluate) -> None:
    rows = evaluate("models.rowsOf('a\\nb\\nc\\n', 'a\\nx\\nc\\nd\\n')")

    assert [row["kind"] for row in rows] == ["same", "changed", "same", "added"]
    assert rows[1] == {
        "kind": "changed",
        "before": {"number": 2, "text": "b"},
        "after": {"number": 2, "text": "x"},
    }
    assert rows[3]["after"] == {"number": 4, "text": "d"}


def test_a_diff_leads_from_one_text_to_the_other_and_keeps_what_can_be_kept(
    evaluate: Evaluate,
) -> None:
    random = Random(7)  # noqa: S311 - the same texts each time
    texts = [
        ["".join(f"{random.choice('abc')}\n" for _ in range(random.randrange(12))) for _ in "12"]
        for _ in range(200)
    ]

    found = evaluate("pairs.map(([one, other]) => models.rowsOf(one, other))", pairs=texts)

    for (one, other), rows in zip(texts, found, strict=True):
        kept = [row for row in rows if row["kind"] == "same"]
        assert "".join(f"{row['before']['text']}\n" for row in rows if "before" in row) == one
        assert "".join(f"{row['after']['text']}\n" for row in rows if "after" in row) == other
        assert all(row["before"]["text"] == row["after"]["text"] for row in kept)
        assert len(kept) == longest_common(one.splitlines(), other.splitlines())


def longest_common(one: list[str], other: list[str]) -> int:
    """Return how many lines the longest common subsequence has."""
    lengths = [0] * (len(other) + 1)
    for line in one:
        before = lengths
        lengths = [0]
        for at, its in enumerate(other):
            longer = before[at] + 1 if line == its else max(before[at + 1], lengths[at])
            lengths.append(longer)
    return lengths[-1]


def test_a_diff_of_long_texts_without_a_common_line_ends(evaluate: Evaluate) -> None:
    made = "Array.from({length: 20000}, (_, at) => `${word}${at}`).join('\\n')"
    program = f"models.rowsOf(...['a', 'b'].map((word) => {made})).length"

    assert evaluate(program) == 20_000


def test_equal_lines_away_from_a_change_are_hidden(evaluate: Evaluate) -> None:
    lines = [str(number) for number in range(20)]
    before, after = "\n".join(lines), "\n".join([*lines[:10], "new", *lines[11:]])

    blocks = evaluate("models.blocksOf(models.rowsOf(before, after))", before=before, after=after)

    assert [(name, len(rows)) for block in blocks for name, rows in block.items()] == [
        ("hidden", 7),
        ("rows", 7),
        ("hidden", 6),
    ]


def test_versions_are_compared_by_file_and_by_their_settings(evaluate: Evaluate) -> None:
    before = {
        "function_js": "return 1;",
        "files": {"a.js": "1"},
        "limits": {"memory_mb": 64, "wall_time_ms": 100},
        "name": "one",
    }
    after = {
        "function_js": "return 1;",
        "files": {"b.js": "2"},
        "limits": {"wall_time_ms": 100, "memory_mb": 64},
        "kv": ["carts"],
    }

    changed = evaluate("models.changedTexts(before, after)", before=before, after=after)

    assert [name for name, *_ in changed] == ["a.js", "Settings", "b.js"]
    assert changed[0][1:] == ["1", ""]
    assert '"carts"' in changed[1][2]


def test_a_timeline_tells_attempts_fetches_and_the_callback(evaluate: Evaluate) -> None:
    fetch = {
        "method": "GET",
        "host": "api.example.com",
        "status": None,
        "error": "ETIMEDOUT",
        "sent_bytes": 0,
        "received_bytes": 0,
        "ms": 30.5,
    }
    callback = {
        "url": "https://example.com/done",
        "status": "failed",
        "attempts": 5,
        "reason": "a 500",
    }
    failed = record(
        status="failed", outcome="exception", attempts=3, fetches=[fetch], callback=callback
    )

    steps = evaluate("models.timelineOf(record)", record=failed)

    assert [(step["name"], step["tone"], step["at_ms"]) for step in steps] == [
        ("Queued", "plain", NOW_MS),
        ("2 attempts failed", "bad", None),
        ("Attempt 3 began", "plain", NOW_MS + 800),
        ("GET api.example.com", "bad", None),
        ("Ended", "bad", NOW_MS + 1_000),
        ("Callback to https://example.com/done", "bad", None),
    ]
    assert steps[-1]["note"] == "failed, 5 attempts, a 500"


def test_a_timeline_of_what_has_not_ended_says_so(evaluate: Evaluate) -> None:
    waiting = record(status="queued", outcome=None, attempts=0, ended_ms=None, usage=None)

    steps = evaluate("models.timelineOf(record)", record=waiting)

    assert [step["name"] for step in steps] == ["Queued", "Waiting"]


def test_an_attempt_that_failed_is_told_while_the_next_one_is_waited_for(
    evaluate: Evaluate,
) -> None:
    waiting = record(status="queued", outcome="exception", ended_ms=None)

    steps = evaluate("models.timelineOf(record)", record=waiting)

    assert [step["name"] for step in steps] == ["Queued", "One attempt failed", "Waiting"]


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0.456, "0.46 ms"),
        (840.4, "840 ms"),
        (1_250, "1.25 s"),
        (123_000, "2 min 3 s"),
        (120_000, "2 min"),
        (3_700_000, "1 h 1 min"),
        (90_000_000, "1 d 1 h"),
    ],
)
def test_a_duration_has_the_units_that_matter(evaluate: Evaluate, ms: float, text: str) -> None:
    assert evaluate("models.duration(ms)", ms=ms) == text


def test_times_are_told_from_now_and_in_both_zones(evaluate: Evaluate) -> None:
    program = (
        "[models.ago(now - 200000, now), models.ago(now + 7200000, now), models.ago(now, now),"
        "models.inZone(now, 'Asia/Tokyo'), models.localTime(now), models.fieldOf(now),"
        "models.inZone(now, 'Not/AZone')]"
    )

    assert evaluate(program, now=NOW_MS) == [
        "3 min ago",
        "in 2 h",
        "now",
        "Mon, 30 Nov 2026, 09:53:20 GMT+9",
        "30 Nov 2026, 02:53:20",
        "2026-11-30T02:53",
        "Mon, 30 Nov 2026, 00:53:20 UTC",
    ]


def test_gregorian_seconds_lead_to_unix_milliseconds_and_back(evaluate: Evaluate) -> None:
    program = "[models.msOfGregorian(63_963_219_200), models.gregorianOf(now)]"

    assert evaluate(program, now=NOW_MS) == [NOW_MS, 63_963_219_200]


def test_counts_are_summed_by_day_and_by_function(evaluate: Evaluate) -> None:
    counted = [
        {"day": day, "function_id": id_, "executions": executions, "failures": 1, "cpu_ms": 2}
        for day, id_, executions in [
            ("2026-11-28", "a", 3),
            ("2026-11-30", "a", 1),
            ("2026-11-30", "b", 9),
        ]
    ]
    program = (
        "[[...models.byDay(counted, models.lastDays(3, now))], models.byFunction(counted),"
        "models.topOf([0, 13])]"
    )

    days, functions, top = evaluate(program, counted=counted, now=NOW_MS)

    assert [(day, sums["executions"]) for day, sums in days] == [
        ("2026-11-28", 3),
        ("2026-11-29", 0),
        ("2026-11-30", 10),
    ]
    assert [(name, sums["executions"]) for name, sums in functions] == [("b", 9), ("a", 4)]
    assert top == 20


def test_a_sample_event_is_one_that_the_pattern_matches(evaluate: Evaluate) -> None:
    pattern = {
        "source": [{"prefix": "shop"}],
        "detail": {
            "total": [{"numeric": [">", 100]}],
            "kind": ["a", "b"],
            "note": [{"exists": True}],
        },
    }

    sample = evaluate("models.sampleOf({type: 'event', pattern})", pattern=pattern)

    assert sample == {
        "source": "shop",
        "detail-type": "test",
        "detail": {"total": 101, "kind": "a", "note": "anything"},
    }


def test_a_form_makes_a_trigger_and_gives_back_what_it_was_filled_with(evaluate: Evaluate) -> None:
    values = {
        "name": "members",
        "path": "members",
        "host": "",
        "auth.type": "jwt",
        "auth.issuer": "me",
        "auth.audience": "you",
        "auth.jwks_url": "https://example.com/keys",
        "auth.signature": "plain",
        "secret": "",
        "qualifier": "live",
    }
    program = (
        "((made) => [made, models.valuesOf({...made, id: '1', enabled: true, _read_only: {}})])"
        "(models.documentOf('http', values, more))"
    )

    made, again = evaluate(program, values=values, more='{"methods": ["GET"]}')

    assert made == {
        "type": "http",
        "name": "members",
        "path": "members",
        "auth": {
            "type": "jwt",
            "issuer": "me",
            "audience": "you",
            "jwks_url": "https://example.com/keys",
        },
        "methods": ["GET"],
        "qualifier": "live",
    }
    assert again["values"] == {**values, "auth.signature": ""}
    assert json.loads(again["more"]) == {"methods": ["GET"]}


def test_a_form_makes_a_trigger_of_a_host_in_place_of_a_path(evaluate: Evaluate) -> None:
    values = {"name": "shop", "path": "", "host": "shop.example.com", "auth.type": "none"}

    made = evaluate("models.documentOf('http', values, '')", values=values)

    assert made == {
        "type": "http",
        "name": "shop",
        "host": "shop.example.com",
        "auth": {"type": "none"},
    }
    assert validated_trigger(made)["host"] == "shop.example.com"


@pytest.mark.parametrize("kind", ["schedule", "webhook", "event", "queue"])
def test_what_a_form_holds_at_first_makes_a_trigger_once_it_has_a_name(
    evaluate: Evaluate, kind: str
) -> None:
    program = "models.documentOf(kind, {...models.initialValues(kind, 'UTC'), name: 'one'}, '')"

    document = evaluate(program, kind=kind)

    assert validated_trigger(document)["name"] == "one"


@pytest.mark.parametrize("signature", ["plain", "github", "token"])
@pytest.mark.parametrize("secret", ["whsec_" + "c2VjcmV0" * 5, "correct-horse!"])
def test_a_test_delivery_is_signed_as_its_sender_would(
    evaluate: Evaluate, signature: str, secret: str
) -> None:
    body = '{"order": 1}'

    program = "[await models.signed(signature, secret, body), Date.now()]"
    headers, now_ms = evaluate(program, signature=signature, secret=secret, body=body)

    delivery = Delivery("POST", "https://example.com/", headers, body.encode())
    assert verify(signature, secret, delivery, now_ms)
