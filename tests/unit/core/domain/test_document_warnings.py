"""Custom keys that are nearly known ones."""

import pytest

from isolambda_core.domain.accounts import accounts
from isolambda_core.domain.document_warnings import key_warnings
from isolambda_core.domain.functions import functions
from isolambda_core.domain.limits import CUSTOM_KEYS_EXAMINED, KEY_WARNINGS
from isolambda_core.domain.triggers.documents import keys_of
from isolambda_core.domain.triggers.triggers import TriggerType


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("functionjs", "function_js"),
        ("functionJs", "function_js"),
        ("function-js", "function_js"),
        ("enable", "enabled"),
        ("Enabled", "enabled"),
        ("enabeld", "enabled"),
        ("enabel", "enabled"),
        ("nmae", "name"),
        ("reocrd", "record"),
        ("limtis", "limits"),
        ("wall_time_ms", "limits.wall_time_ms"),
        ("wallTimeMs", "limits.wall_time_ms"),
        ("memory_mb", "limits.memory_mb"),
        ("memory", "limits.memory_mb"),
        ("limits.wall_time_ms", "limits.wall_time_ms"),
        ("limit", "limits"),
        ("isolations", "isolation"),
        ("langauge_pack", "language_pack"),
        ("attempt", "attempts"),
        ("falback", "fallback"),
        ("feature", "features"),
        ("nets", "net"),
        ("allow", "net.allow"),
        ("net_allow", "net.allow"),
        ("secret", "secrets"),
        ("kvs", "kv"),
    ],
)
def test_a_key_that_is_nearly_one_of_a_function_is_reported(key: str, near: str) -> None:
    [warning] = key_warnings({"name": "n", key: 1}, functions.KEYS)

    assert (warning.field, warning.code) == (key, "unknown_key")
    assert f"`{key}`" in warning.message
    assert f"`{near}`" in warning.message


@pytest.mark.parametrize(
    ("trigger_type", "key", "near"),
    [
        (TriggerType.SCHEDULE, "time_zone", "timezone"),
        (TriggerType.SCHEDULE, "timeZone", "timezone"),
        (TriggerType.SCHEDULE, "shedule", "schedule"),
        (TriggerType.SCHEDULE, "flexible_minute", "flexible_minutes"),
        (TriggerType.WEBHOOK, "secrit", "secret"),
        (TriggerType.WEBHOOK, "signatur", "signature"),
        (TriggerType.QUEUE, "queueArn", "queue_arn"),
        (TriggerType.BUCKET, "sufix", "suffix"),
        (TriggerType.STREAM, "batchsize", "batch_size"),
        (TriggerType.TOPIC, "qualifer", "qualifier"),
        (TriggerType.EVENT, "maximum_age", "maximum_age_s"),
    ],
)
def test_a_key_that_is_nearly_one_of_a_trigger_of_its_type_is_reported(
    trigger_type: TriggerType, key: str, near: str
) -> None:
    [warning] = key_warnings({"name": "n", key: "a value"}, keys_of(trigger_type))

    assert f"`{near}`" in warning.message
    assert "a value" not in warning.message


def test_keys_of_other_types_are_not_near() -> None:
    assert key_warnings({"secrit": 1, "time_zone": 1}, keys_of(TriggerType.QUEUE)) == []


@pytest.mark.parametrize(
    "key",
    [
        "custom",
        "note",
        "tags",
        "owner",
        "mean",
        "number",
        "id",
        "_enable",
        "pvt_enable",
        "",
        "-",
        "\ud800",
        "ö" * 99,
    ],
)
def test_a_key_that_is_nothing_like_a_known_one_is_kept_in_silence(key: str) -> None:
    assert key_warnings({key: 1}, functions.KEYS) == []


@pytest.mark.parametrize("known", [functions.KEYS, accounts.KEYS])
def test_known_keys_are_kept_in_silence(known: tuple[str, ...]) -> None:
    assert key_warnings({key: 1 for key in known if "." not in key}, known) == []


def test_a_key_that_a_patch_removes_is_not_reported() -> None:
    assert key_warnings({"enable": None}, functions.KEYS) == []


def test_so_many_keys_are_looked_at_and_no_more() -> None:
    others: dict[str, int] = {f"x{number}": 1 for number in range(CUSTOM_KEYS_EXAMINED)}

    assert key_warnings({**others, "enable": 1}, functions.KEYS) == []
    assert key_warnings({"enable": 1, **others}, functions.KEYS) != []


def test_so_many_are_reported_and_no_more() -> None:
    near = {f"enabled{'_' * number}": 1 for number in range(1, 40)}

    assert len(key_warnings(near, functions.KEYS)) == KEY_WARNINGS
