"""What a trigger's document may say of its source."""

from typing import Any

import pytest

from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.triggers.documents import (
    require_same_source,
    validated_trigger,
)
from isolambda_core.domain.triggers.triggers import (
    TriggerEvent,
    TriggerRef,
    TriggerType,
    derived_secret,
    execution_id_of,
    named_source,
)

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:orders"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:news"
TABLE_STREAM = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-11-22T09:00:00.000"
SHARDS = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks"
ACCOUNT = "a" * 32
HTTP: dict[str, Any] = {"type": "http", "path": "shop", "auth": {"type": "none"}}
JWT = {
    "type": "jwt",
    "issuer": "https://id.example.com/",
    "audience": "shop",
    "jwks_url": "https://id.example.com/keys",
}
GOOD: dict[str, dict[str, Any]] = {
    "schedule": {"type": "schedule", "schedule": "rate(5 minutes)"},
    "event": {"type": "event", "pattern": {"source": ["shop"]}},
    "own queue": {"type": "queue"},
    "queue": {"type": "queue", "queue_arn": QUEUE, "batch_size": 100},
    "FIFO queue": {"type": "queue", "queue_arn": QUEUE + ".fifo"},
    "bucket": {"type": "bucket", "bucket": "photos", "prefix": "in/", "suffix": ".jpg"},
    "bucket, removed": {"type": "bucket", "bucket": "photos", "events": ["created", "removed"]},
    "table's stream": {"type": "stream", "stream_arn": TABLE_STREAM},
    "stream": {"type": "stream", "stream_arn": SHARDS, "starting_position": "TRIM_HORIZON"},
    "topic": {"type": "topic", "topic_arn": TOPIC},
    "webhook": {"type": "webhook"},
    "GitHub's": {"type": "webhook", "signature": "github"},
    "http": {"type": "http", "path": "shop", "auth": {"type": "none"}},
    "http with a key": {"type": "http", "path": "0-a", "auth": {"type": "key"}, "methods": ["GET"]},
    "http with a token": {"type": "http", "path": "shop", "auth": JWT},
    "http, signed": {
        "type": "http",
        "path": "shop",
        "auth": {"type": "signature", "signature": "twilio"},
    },
    "http from everywhere": {**HTTP, "cors": {"origins": ["*"], "headers": ["x-shop"]}},
    "http from a page": {
        **HTTP,
        "cors": {
            "origins": ["https://app.example.com:8443"],
            "methods": ["GET"],
            "credentials": True,
            "max_age": 600,
        },
    },
}
BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "no type": ({}, "type", "required"),
    "unknown type": ({"type": "pigeon"}, "type", "enum"),
    "type is no text": ({"type": 5}, "type", "type"),
    "no name": ({"type": "webhook", "name": None}, "name", "type"),
    "enabled is no boolean": ({"type": "webhook", "enabled": "yes"}, "enabled", "type"),
    "qualifier is no text": ({"type": "webhook", "qualifier": 1}, "qualifier", "type"),
    "qualifier names nothing": ({"type": "webhook", "qualifier": "a b"}, "qualifier", "error"),
    "too young": ({"type": "webhook", "maximum_age_s": 59}, "maximum_age_s", "minimum"),
    "too old": ({"type": "webhook", "maximum_age_s": 86_401}, "maximum_age_s", "maximum"),
    "empty batch": ({"type": "queue", "batch_size": 0}, "batch_size", "minimum"),
    "huge batch": ({"type": "queue", "batch_size": 101}, "batch_size", "maximum"),
    "no pattern": ({"type": "event"}, "pattern", "required"),
    "pattern is a list": ({"type": "event", "pattern": []}, "pattern", "type"),
    "pattern demands nothing": ({"type": "event", "pattern": {}}, "pattern", "minProperties"),
    "pattern demands no list": (
        {"type": "event", "pattern": {"source": "shop"}},
        "source",
        "type",
    ),
    "ARN of 1 025 characters": (
        {"type": "topic", "topic_arn": "x" * 1_025},
        "topic_arn",
        "maxLength",
    ),
    "no queue's ARN": ({"type": "queue", "queue_arn": TOPIC}, "queue_arn", "pattern"),
    "queue's ARN and more": ({"type": "queue", "queue_arn": QUEUE + "\n"}, "queue_arn", "pattern"),
    "no bucket": ({"type": "bucket"}, "bucket", "required"),
    "bucket's name": ({"type": "bucket", "bucket": "../photos"}, "bucket", "pattern"),
    "bucket's name has two dots": ({"type": "bucket", "bucket": "a..b"}, "bucket", "error"),
    "bucket's name is an address": ({"type": "bucket", "bucket": "192.168.5.4"}, "bucket", "error"),
    "bucket's prefix, 600 é": (
        {"type": "bucket", "bucket": "abc", "prefix": "é" * 600},
        "prefix",
        "maxBytes",
    ),
    "bucket's suffix, 1 025 bytes": (
        {"type": "bucket", "bucket": "abc", "suffix": "é" * 512 + "e"},
        "suffix",
        "maxBytes",
    ),
    "bucket's prefix": ({"type": "bucket", "bucket": "abc", "prefix": 5}, "prefix", "type"),
    "bucket's events": ({"type": "bucket", "bucket": "abc", "events": ["read"]}, "0", "enum"),
    "no bucket's events": ({"type": "bucket", "bucket": "abc", "events": []}, "events", "minItems"),
    "events are no list": ({"type": "bucket", "bucket": "abc", "events": 1}, "events", "type"),
    "no stream": ({"type": "stream"}, "stream_arn", "required"),
    "stream is a topic": ({"type": "stream", "stream_arn": TOPIC}, "stream_arn", "pattern"),
    "starting position": (
        {"type": "stream", "stream_arn": SHARDS, "starting_position": "AT_TIMESTAMP"},
        "starting_position",
        "enum",
    ),
    "no topic": ({"type": "topic"}, "topic_arn", "required"),
    "signature": ({"type": "webhook", "signature": "md5"}, "signature", "enum"),
    "http without a path": ({"type": "http", "auth": {"type": "none"}}, "path", "required"),
    "http without auth": ({"type": "http", "path": "shop"}, "auth", "required"),
    "auth without a type": ({**HTTP, "auth": {}}, "type", "required"),
    "auth of another type": ({**HTTP, "auth": {"type": "basic"}}, "type", "enum"),
    "auth is a text": ({**HTTP, "auth": "none"}, "auth", "type"),
    "auth with a key too many": (
        {**HTTP, "auth": {"type": "none", "audience": "a"}},
        "audience",
        "additionalProperties",
    ),
    "jwt without an audience": (
        {**HTTP, "auth": {key: JWT[key] for key in JWT if key != "audience"}},
        "audience",
        "required",
    ),
    "jwt with an empty audience": (
        {**HTTP, "auth": {**JWT, "audience": ""}},
        "audience",
        "minLength",
    ),
    "jwt with keys over http": (
        {**HTTP, "auth": {**JWT, "jwks_url": "http://id.example.com/keys"}},
        "jwks_url",
        "pattern",
    ),
    "jwt with keys of a user": (
        {**HTTP, "auth": {**JWT, "jwks_url": "https://a@id.example.com/keys"}},
        "jwks_url",
        "pattern",
    ),
    "signature of nothing": (
        {**HTTP, "auth": {"type": "signature", "signature": "md5"}},
        "signature",
        "enum",
    ),
    "path with a slash": ({**HTTP, "path": "a/b"}, "path", "pattern"),
    "path with dots": ({**HTTP, "path": ".."}, "path", "pattern"),
    "path in capitals": ({**HTTP, "path": "Shop"}, "path", "pattern"),
    "path of 64 characters": ({**HTTP, "path": "a" * 64}, "path", "pattern"),
    "path and a line": ({**HTTP, "path": "shop\n"}, "path", "pattern"),
    "methods": ({**HTTP, "methods": ["TRACE"]}, "0", "enum"),
    "no methods": ({**HTTP, "methods": []}, "methods", "minItems"),
    "cors for no origin": ({**HTTP, "cors": {"origins": []}}, "origins", "minItems"),
    "cors for a page": ({**HTTP, "cors": {"origins": ["https://a.example/x"]}}, "0", "error"),
    "cors for null": ({**HTTP, "cors": {"origins": ["null"]}}, "0", "error"),
    "cors for all with credentials": (
        {**HTTP, "cors": {"origins": ["*"], "credentials": True}},
        "credentials",
        "error",
    ),
    "cors with a header that is none": (
        {**HTTP, "cors": {"origins": ["*"], "headers": ["a b"]}},
        "0",
        "pattern",
    ),
    "cors for years": (
        {**HTTP, "cors": {"origins": ["*"], "max_age": 86_401}},
        "max_age",
        "maximum",
    ),
}
REF = TriggerRef("a" * 32, "f" * 32, "1" * 32, TriggerType.WEBHOOK)


@pytest.mark.parametrize("document", GOOD.values(), ids=GOOD)
def test_a_document_that_names_its_source_is_accepted(document: dict[str, Any]) -> None:
    validated = validated_trigger({"name": "n", **document})

    assert validated == {"name": "n", "enabled": True, "qualifier": "$LATEST", **document}


@pytest.mark.parametrize(("document", "key", "rule"), BAD.values(), ids=BAD)
def test_a_document_that_breaks_a_rule_is_refused(
    document: dict[str, Any], key: str, rule: str
) -> None:
    with pytest.raises(InvalidDocumentError) as refusal:
        validated_trigger({"name": "n", **document})

    (violation,) = refusal.value.violations
    assert (violation.path[-1], violation.rule) == (key, rule)


@pytest.mark.parametrize(
    ("document", "paths"),
    [
        (
            {"type": "queue", "queue_arn": "orders", "batch_size": "many"},
            ["name", "batch_size", "queue_arn"],
        ),
        (
            {"qualifier": 1, "maximum_age_s": 1, "enabled": 1, "batch_size": 0, "queue_arn": 1},
            ["name", "enabled", "qualifier", "maximum_age_s", "batch_size", "type"],
        ),
        (
            {"events": [1, "created", "read"], "suffix": 1, "prefix": 1, "type": "bucket"},
            ["name", "bucket", "prefix", "suffix", "events.0", "events.2"],
        ),
        (
            {"starting_position": "NOW", "type": "stream", "name": "n"},
            ["stream_arn", "starting_position"],
        ),
        (
            {"flexible_minutes": 0, "end": 1, "start": 1, "timezone": 1, "type": "schedule"},
            ["name", "schedule", "timezone", "start", "end", "flexible_minutes"],
        ),
        (
            {
                "end": 1,
                "timezone": "Mars",
                "repeat": {"interval": 5, "every": 1, "type": "Monthly"},
                "type": "schedule",
                "name": "n",
            },
            ["repeat.every", "repeat.interval", "start", "timezone", "end"],
        ),
    ],
    ids=["queue", "no type", "bucket", "stream", "schedule", "repeat"],
)
def test_all_that_is_wrong_is_named_at_once_and_in_one_order(
    document: dict[str, Any], paths: list[str]
) -> None:
    with pytest.raises(InvalidDocumentError) as refusal:
        validated_trigger(document)

    assert [".".join(violation.path) for violation in refusal.value.violations] == paths


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"type": "queue", "queue_arn": QUEUE}, {"type": "queue", "queue_arn": QUEUE + "2"}),
        ({"type": "queue", "queue_arn": QUEUE}, {"type": "queue"}),
        ({"type": "queue"}, {"type": "queue", "queue_arn": QUEUE}),
        ({"type": "webhook"}, {"type": "queue"}),
        ({"type": "topic", "topic_arn": TOPIC}, {"type": "topic", "topic_arn": TOPIC + "2"}),
        (HTTP, {**HTTP, "path": "other"}),
    ],
)
def test_a_trigger_stays_bound_to_what_it_was_made_for(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    with pytest.raises(InvalidDocumentError):
        require_same_source(before, after)


def test_a_trigger_may_come_to_listen_to_another_bucket() -> None:
    require_same_source(
        {"type": "bucket", "bucket": "photos", "prefix": "in/"},
        {"type": "bucket", "bucket": "films", "prefix": "out/"},
    )


def test_a_key_of_its_owner_may_change_whatever_another_type_means_by_it() -> None:
    require_same_source({"type": "webhook", "path": "a"}, {"type": "webhook", "path": "b"})


def test_only_the_key_of_its_own_type_names_a_source() -> None:
    assert named_source(ACCOUNT, {"type": "topic", "topic_arn": TOPIC, "queue_arn": QUEUE}) == TOPIC
    assert named_source(ACCOUNT, {"type": "webhook", "queue_arn": QUEUE}) is None
    assert named_source(ACCOUNT, HTTP) == f"/http/{ACCOUNT}/shop"


def test_an_event_always_stands_for_the_same_execution() -> None:
    event = TriggerEvent("e", 1_700_000_000_000, "1")
    again = TriggerEvent("e", 1_700_000_000_000, "whatever it says")

    assert execution_id_of(REF, event) == execution_id_of(REF, again)
    assert execution_id_of(REF, event).startswith(f"{1_700_000_000_000:012x}")


@pytest.mark.parametrize(
    "ref",
    [
        TriggerRef("b" * 32, "f" * 32, "1" * 32, TriggerType.WEBHOOK),
        TriggerRef("a" * 32, "e" * 32, "1" * 32, TriggerType.WEBHOOK),
        TriggerRef("a" * 32, "f" * 32, "2" * 32, TriggerType.WEBHOOK),
    ],
)
def test_events_and_secrets_of_two_triggers_differ(ref: TriggerRef) -> None:
    event = TriggerEvent("e", 1, "1")

    assert execution_id_of(REF, event) != execution_id_of(ref, event)
    assert derived_secret(b"secret", REF) != derived_secret(b"secret", ref)


@pytest.mark.parametrize(
    "name",
    [
        *("a..b", "10.0.0.1", "999.999.999.999", "xn--a", "sthree-a", "a-s3alias", "a--ol-s3"),
        *(
            "a.mrap",
            "a--x-s3",
            "a--table-s3",
            "ab",
            "a" * 64,
            "-ab",
            "ab-",
            ".ab",
            "ab.",
            "Abc",
            "a_b",
        ),
    ],
)
def test_a_bucket_has_a_name_that_s3_allows(name: str) -> None:
    with pytest.raises(InvalidDocumentError) as refused:
        validated_trigger({"name": "n", "type": "bucket", "bucket": name})

    assert [violation.path for violation in refused.value.violations] == [("bucket",)]


@pytest.mark.parametrize("name", ["abc", "a.b.c", "a-b", "1.2.3", "10.0.0.1a", "a" * 63, "mrap"])
def test_any_other_name_of_a_bucket_is_taken(name: str) -> None:
    assert validated_trigger({"name": "n", "type": "bucket", "bucket": name})["bucket"] == name


@pytest.mark.parametrize("text", ["x" * 1_024, "é" * 512, "\U0001f600" * 256, "ž\u20ac" * 204])
def test_a_prefix_and_a_suffix_have_1_024_bytes(text: str) -> None:
    bucket = {"name": "n", "type": "bucket", "bucket": "abc"}

    assert validated_trigger({**bucket, "prefix": text, "suffix": text})["prefix"] == text
    for key in ("prefix", "suffix"):
        with pytest.raises(InvalidDocumentError) as refused:
            validated_trigger({**bucket, key: text + "eeeee"})
        [violation] = refused.value.violations
        assert (violation.path, violation.rule, violation.target) == ((key,), "maxBytes", 1_024)
