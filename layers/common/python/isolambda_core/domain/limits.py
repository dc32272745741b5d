"""Every limit of the platform, in one place; a test holds infra/docs/limits.md to this module."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB

SOURCE_BYTES = 256 * KIB
"""Longest source of a function, in UTF-8 bytes."""

DOCUMENT_BYTES = 64 * KIB
"""Largest function document without its source, as JSON; keeps an item under DynamoDB's 400 KB."""

DOCUMENT_DEPTH = 32
"""Deepest nesting of a function document."""

NAME_CHARACTERS = 128
"""Longest name of a function."""

ACCOUNT_DEPTH = 8
"""How many accounts can be below each other."""

VERSION_DESCRIPTION_CHARACTERS = 1_000
"""Longest description of a version or an alias."""

ALIASES = 50
"""Aliases of a function."""

ALIAS_MOVES = 100
"""Moves that an alias remembers."""

AFFINITY_CHARACTERS = 256
"""How much of an affinity key counts."""

API_KEYS = 50
"""API keys of an account that are good at a time."""

API_KEY_GRACE_S = 24 * 3_600
"""How long the key before stays good when an account's key is changed."""

TOKEN_S = 3_600
"""How long a token is good, in seconds (Kx: doc/api_authentication.md)."""

COMPILE_MS = 2_000
"""Longest time that the source of a function may take to be compiled when it comes."""

CUSTOM_KEYS_EXAMINED = 100
"""Custom keys of a document that are compared with those that are known."""

KEY_WARNINGS = 10
"""Warnings about custom keys in one answer."""

CALLFLOW_NODES = 1_000
"""Nodes of a callflow."""

CALLFLOW_DEPTH = 50
"""Nodes of a callflow below each other."""

CALL_WALL_TIME_MS = 2_000
"""Longest time that a function may take to answer a call; Kazoo waits 5 s, cold starts included."""

CALL_TIMEOUT_S = 3.0
"""How long a call waits for the executor before it is answered with the fallback."""

DISABLE_AFTER_FAILURES = 6
"""Failures of one version, within the time below, that disable it."""

DISABLE_WITHIN_S = 60
"""See above (K: applications/webhooks/doc/disabler.md)."""

DISABLE_EXAMINED = 200
"""How many of the latest records are looked at to count the failures above."""

BREAKER_S = 30
"""How long a version that kept failing is not executed, before it is tried again."""

BREAKER_S_MAX = 64 * 60
"""The same for one that fails whenever it is tried again: each time twice as long, up to this."""

BREAKERS_MAX = 20
"""Of how many versions of a function it is known that they keep failing."""

RECORD_S = 7 * 24 * 3_600
"""How long the record of an execution is kept, with its input and its result."""

RECORD_TEXT_CHARACTERS = KIB
"""How much a list of records tells of the name, the message and the stack of an error, each."""

ATTEMPTS = 3
"""How often an asynchronous execution is attempted, where its function does not say otherwise."""

ATTEMPTS_MAX = 10
"""How often it may be attempted at the most."""

RETRY_AFTER_S = 1
"""How long the second attempt waits; each further one waits twice as long as the one before."""

RETRY_AFTER_S_MAX = 900
"""The longest time between two attempts."""

QUEUED_S = 6 * 3_600
"""How long an execution is kept waiting for an executor, until it fails."""

IDEMPOTENCY_S = 24 * 3_600
"""How long an idempotency key stands for the execution that it was first used for."""

IDEMPOTENCY_KEY_CHARACTERS = 255
"""Longest idempotency key."""

CALLBACK_URL_CHARACTERS = 2_000
"""Longest URL that is told of the end of an execution."""

CALLBACK_ATTEMPTS = 5
"""How often a callback is attempted."""

CALLBACK_RETRY_AFTER_S = 2
"""How long the second attempt of a callback waits; each further one waits five times as long."""

CALLBACK_S = 10
"""How long a callback may take."""

CALLBACK_RESULT_BYTES = 256 * KIB
"""Longest result that a callback carries."""

TRIGGERS = 20
"""Triggers of a function."""

TRIGGER_FAILURES = 10
"""Executions of one trigger that failed in a row, which disable it."""

TRIGGER_AGE_S_MIN = 60
"""Shortest ``maximum_age_s`` of a trigger."""

TRIGGER_AGE_S_MAX = 24 * 3_600
"""Longest ``maximum_age_s`` of a trigger."""

BATCH_SIZE = 10
"""Messages or records of a batch, where the trigger does not say otherwise."""

BATCH_SIZE_MAX = 100
"""Messages or records that a batch may have."""

NEXT_RUNS = 5
"""Run times of a schedule that are told ahead."""

SCHEDULE_CHARACTERS = 256
"""Longest expression of a schedule, as EventBridge Scheduler has it."""

TIMEZONE_CHARACTERS = 50
"""Longest name of a schedule's time zone, as EventBridge Scheduler has it."""

FLEXIBLE_MINUTES_MAX = 1_440
"""Longest window within which a schedule may run, as EventBridge Scheduler has it."""

REPEAT_INTERVAL_MAX = 1_000
"""Longest interval of a schedule's ``repeat``."""

EVENTS = 100
"""Events, or messages, of one request."""

EVENT_BYTES = 256 * KIB
"""Largest event or message, as JSON in UTF-8."""

PATTERN_CHARACTERS = 1_920
"""Longest event pattern, as JSON; EventBridge's 2 048 less room for what keeps accounts apart."""

PATTERN_COMBINATIONS = 1_000
"""Combinations of branches that every ``$or`` of an event pattern makes together."""

WEBHOOK_TOLERANCE_S = 300
"""How far the time that a delivery to a webhook was signed at may be from now, either way."""

WEBHOOK_SECRET_CHARACTERS_MIN = 8
"""Shortest secret of a webhook that its owner gives."""

WEBHOOK_SECRET_CHARACTERS = 256
"""Longest secret of a webhook that its owner gives."""

WEBHOOK_KEY_BYTES_MIN = 24
"""Shortest key of Standard Webhooks."""

WEBHOOK_KEY_BYTES = 64
"""Longest key of Standard Webhooks."""

WEBHOOK_ID_CHARACTERS = 256
"""Longest id of a message of Standard Webhooks."""

WEBHOOK_FORM_FIELDS = 1_000
"""Fields of a form that is delivered to a webhook of Twilio's."""

DEAD_LETTERS = 1_000
"""Dead letters that are looked at in one go."""

EVENT_SOURCE_CHARACTERS = 256
"""Longest ``source`` of an event, as EventBridge has it."""

EVENT_DETAIL_TYPE_CHARACTERS = 128
"""Longest ``detail-type`` of an event, as EventBridge has it."""

OBJECT_KEY_BYTES = KIB
"""Longest key of an object, as S3 has it; longer than any ARN."""

FOLDER_ENTRIES = 10_000
"""Files and folders below a folder that stands for a bucket; one with more is not looked at."""

RECONCILE_AFTER_S = 60
"""After how long a trigger is looked at again whose change may have been cut off."""

REQUEST_COST = 1
"""Tokens that a request takes from the bucket of its client (Kx: doc/rate_limiting.md)."""

API_AUTH_COST = 35
"""Tokens that a request for a token takes; whoever guesses keys is slowed down."""

PAYLOAD_BYTES = 5 * MIB
"""Largest input of an execution, in bytes of JSON; leaves room in Lambda's 6 MB payload."""

INPUT_DEPTH = 512
"""Deepest nesting of an input: what Python can follow, with room for the frames of a request."""

CONTEXT_BYTES = 16 * KIB
"""Largest ``meta`` and ``tokens`` of an execution together, as JSON in UTF-8."""

BODY_BYTES = 8_000_000
"""Largest request body (Kx: src/api_util.erl)."""

LAMBDA_ANSWER_BYTES = 6_200_000
"""Largest answer that leaves a Lambda, as a JSON string; Lambda's 6 MB less room for headers."""

INDENTED_BYTES = 256 * KIB
"""Longest answer that is indented when the client asks for it."""

PAGE_SIZE = 50
"""Functions on a page when the client names no number (Kx: doc/basics.md)."""

PAGE_SIZE_MAX = 500
"""Most functions on a page, whatever the client asks for."""

PAGE_BYTES = 2_900_000
"""A page ends early when its documents, as JSON, reach this size.

Lambda writes the answer once more as JSON, which can double it; so it stays under Lambda's 6 MB.
"""

EXAMINED_BYTES = 32 * MIB
"""A page ends early when a filter has looked at as much; bounds what one request costs."""

FILTERS = 20
"""Filters of one request."""

ERROR_TEXT_CHARACTERS = 10_000
"""How much is told of the name and the message of an error, each; of its stack twice as much."""

ERROR_DETAILS_CHARACTERS = 16 * KIB
"""How much is told of what an error carries, as JSON."""

WALL_TIME_MS_MIN = 10
WALL_TIME_MS_MAX = 25_000
"""Longest time a synchronous execution may take; API Gateway gives up after 30 s."""

MEMORY_MB_MIN = 16
MEMORY_MB_MAX = 512

LOG_BYTES = 64 * KIB
"""The console lines of one execution, in UTF-8 bytes, and the bytes below for each."""

LINE_HEAD_BYTES = 8
"""What a console line takes beside its text, for its level and its time."""

WORKER_EXECUTIONS_MAX = 10_000
"""Executions of one account in one worker process, which then ends."""

WORKER_AGE_S_MAX = 3_600
"""How long one worker process serves an account; seconds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one execution may use.

    ``wall_time_ms`` is milliseconds, 10 to 25 000; ``memory_mb`` is MiB on top of what an idle
    worker takes, 16 to 512; ``result_bytes`` and ``log_bytes`` are UTF-8 bytes.
    """

    wall_time_ms: int = 5_000
    memory_mb: int = 64
    result_bytes: int = 5 * MIB
    log_bytes: int = LOG_BYTES


DEFAULT_LIMITS = Limits()
