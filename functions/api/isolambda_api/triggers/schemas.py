"""What requests and answers about triggers hold, as the OpenAPI document tells it.

The models describe; ``isolambda_core.domain.triggers.triggers`` validates.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.json_schema import SkipJsonSchema

from isolambda_api.http.openapi import REFERENCE
from isolambda_api.kazoo.schemas import (
    Closed,
    Id,
    Success,
    Warnings,
)
from isolambda_core.domain import limits
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.triggers.schedules.rates import REPEAT_TYPES
from isolambda_core.domain.triggers.triggers import TriggerType
from isolambda_core.domain.triggers.types.bucket import BUCKET_EVENTS
from isolambda_core.domain.triggers.types.stream import STARTING_POSITIONS
from isolambda_core.domain.triggers.webhooks.signatures import SIGNATURES

# What may be absent, and has no default. A factory, so that no schema forbids its own default.
_Text = str | SkipJsonSchema[None]


def _absent() -> None:
    return None


class _Options(BaseModel):
    model_config = ConfigDict(extra="allow")

    enabled: Annotated[bool, Field(description="Whether it runs the function.")] = True
    qualifier: Annotated[
        str, Field(description="The version that runs: a number, or the name of an alias.")
    ] = LATEST
    maximum_age_s: Annotated[
        # The bounds are the number's: OpenAPI has none for what may be missing.
        Annotated[int, Field(ge=limits.TRIGGER_AGE_S_MIN, le=limits.TRIGGER_AGE_S_MAX)]
        | SkipJsonSchema[None],
        Field(
            description="How old an event may be when it is attempted; any age if absent.",
            default_factory=_absent,
        ),
    ]
    batch_size: Annotated[
        int,
        Field(
            description="How many messages or records are taken at once.",
            ge=1,
            le=limits.BATCH_SIZE_MAX,
        ),
    ] = limits.BATCH_SIZE


_Name = Annotated[str, Field(max_length=limits.NAME_CHARACTERS, examples=["mornings"])]


class TriggerPatch(_Options):
    """Some keys of a trigger; `null` removes a key, objects are merged."""

    name: _Name = ""


class _Trigger(_Options):
    name: _Name


class Repeat(Closed):
    """When a schedule runs, in CodeMash's words."""

    type: Annotated[str, Field(json_schema_extra={"enum": list(REPEAT_TYPES)})]
    interval: Annotated[int, Field(ge=1, le=limits.REPEAT_INTERVAL_MAX)] = 1


class ScheduleTrigger(_Trigger):
    """Runs by the clock: as `schedule` says, or `repeat` from `start` on."""

    type: Literal[TriggerType.SCHEDULE]
    schedule: Annotated[
        _Text,
        Field(
            description="`cron(…)`, `rate(…)` or `at(…)`, as EventBridge Scheduler has them.",
            max_length=limits.SCHEDULE_CHARACTERS,
            examples=["cron(0 9 ? * MON-FRI *)"],
            default_factory=_absent,
        ),
    ]
    repeat: Annotated[Repeat | SkipJsonSchema[None], Field(default_factory=_absent)]
    timezone: Annotated[
        str,
        Field(description="The IANA name of a time zone.", max_length=limits.TIMEZONE_CHARACTERS),
    ] = "UTC"
    start: Annotated[
        _Text,
        Field(
            description="ISO 8601; in `timezone` where it has no offset.",
            examples=["2026-12-01T09:00:00"],
            default_factory=_absent,
        ),
    ]
    end: Annotated[_Text, Field(description="As `start`.", default_factory=_absent)]
    flexible_minutes: Annotated[
        Annotated[int, Field(ge=1, le=limits.FLEXIBLE_MINUTES_MAX)] | SkipJsonSchema[None],
        Field(
            description="How much later it may run; not at all if absent.",
            default_factory=_absent,
        ),
    ]
    input: Annotated[Any, Field(description="What the function is told each time.")] = None


class EventTrigger(_Trigger):
    """Runs for what the account publishes."""

    type: Literal[TriggerType.EVENT]
    pattern: Annotated[
        dict[str, Any],
        Field(
            description="An event pattern of EventBridge.",
            examples=[{"source": ["shop"], "detail": {"total": [{"numeric": [">", 100]}]}}],
        ),
    ]


class QueueTrigger(_Trigger):
    """Runs for each message of a queue."""

    type: Literal[TriggerType.QUEUE]
    queue_arn: Annotated[
        _Text,
        Field(
            description="A queue of SQS; one is made for the trigger if absent.",
            examples=["arn:aws:sqs:us-east-1:123456789012:orders"],
            default_factory=_absent,
        ),
    ]


class BucketTrigger(_Trigger):
    """Runs for objects of a bucket of S3."""

    type: Literal[TriggerType.BUCKET]
    bucket: Annotated[str, Field(description="The name of the bucket.", examples=["pictures"])]
    prefix: Annotated[str, Field(description="How the keys of objects begin.")] = ""
    suffix: Annotated[str, Field(description="How the keys of objects end.")] = ""
    events: Annotated[
        list[Annotated[str, Field(json_schema_extra={"enum": list(BUCKET_EVENTS)})]],
        Field(description="What is to happen to an object.", min_length=1),
    ] = [BUCKET_EVENTS[0]]


class StreamTrigger(_Trigger):
    """Runs for each record of a DynamoDB stream, or of Kinesis, in order."""

    type: Literal[TriggerType.STREAM]
    stream_arn: Annotated[
        str, Field(examples=["arn:aws:kinesis:us-east-1:123456789012:stream/clicks"])
    ]
    starting_position: Annotated[
        str,
        Field(
            description="Whether it begins with what comes, or with what is there.",
            json_schema_extra={"enum": list(STARTING_POSITIONS)},
        ),
    ] = STARTING_POSITIONS[0]


class TopicTrigger(_Trigger):
    """Runs for each message of a topic of SNS."""

    type: Literal[TriggerType.TOPIC]
    topic_arn: Annotated[str, Field(examples=["arn:aws:sns:us-east-1:123456789012:news"])]


class WebhookTrigger(_Trigger):
    """Runs for each delivery to a URL that is signed with a secret."""

    type: Literal[TriggerType.WEBHOOK]
    signature: Annotated[
        str,
        Field(
            description="How deliveries are signed; `plain` is Standard Webhooks.",
            json_schema_extra={"enum": list(SIGNATURES)},
        ),
    ] = SIGNATURES[0]
    secret: Annotated[
        _Text,
        Field(
            description=(
                "What they are signed with; it is never shown. One is made if absent. For `plain` "
                "what begins with `whsec_` goes on with base64 of 24 to 64 bytes; for `token` it "
                "is ASCII without blanks; for the others it is plain text."
            ),
            min_length=limits.WEBHOOK_SECRET_CHARACTERS_MIN,
            max_length=limits.WEBHOOK_SECRET_CHARACTERS,
            default_factory=_absent,
        ),
    ]


_TriggerInput = Annotated[
    ScheduleTrigger
    | EventTrigger
    | QueueTrigger
    | BucketTrigger
    | StreamTrigger
    | TopicTrigger
    | WebhookTrigger,
    Field(discriminator="type", description="A trigger; custom keys are kept as they are."),
]


class TriggerReadOnly(BaseModel):
    """What the server alone says of a trigger; of its source also such as `queue_url`."""

    model_config = ConfigDict(extra="allow")

    deleted: bool = False
    disable_reason: Annotated[
        str, Field(description="Why the platform disabled the trigger; absent where it did not.")
    ] = ""
    next_runs: Annotated[
        list[str],
        Field(
            description="schedule: when it runs next, in UTC.",
            examples=[["2026-12-01T09:00:00Z"]],
            max_length=limits.NEXT_RUNS,
        ),
    ] = []
    url: Annotated[str, Field(description="webhook: where deliveries go.")] = ""
    secret: Annotated[
        str,
        Field(description="webhook: what deliveries are signed with, where no secret was given."),
    ] = ""
    warnings: Warnings = []


class TriggerRequest(BaseModel):
    """A whole trigger in Kazoo's envelope."""

    data: _TriggerInput


class TriggerPatchRequest(BaseModel):
    """A part of a trigger in Kazoo's envelope."""

    data: TriggerPatch


class TriggerDocument(_Trigger):
    """A trigger as the server keeps it, with the keys of its type."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": TypeAdapter(_TriggerInput).json_schema(ref_template=REFERENCE)["oneOf"]
        }
    )

    id: Id
    type: TriggerType
    read_only: Annotated[
        TriggerReadOnly | SkipJsonSchema[None],
        Field(alias="_read_only", default_factory=_absent),
    ]


class TriggerResponse(Success):
    """One trigger."""

    data: TriggerDocument


class TriggerListResponse(Success):
    """All triggers of a function."""

    data: list[TriggerDocument]
