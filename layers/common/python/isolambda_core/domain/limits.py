"""Every limit of the platform, in one place; the README's table is tested against this module."""

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

PAYLOAD_BYTES = 5 * MIB
"""Largest input of an execution, in bytes of JSON; leaves room in Lambda's 6 MB payload."""

BODY_BYTES = 8_000_000
"""Largest request body (Kx: src/api_util.erl)."""

LAMBDA_ANSWER_BYTES = 6_200_000
"""Largest answer that leaves a Lambda, as a JSON string; Lambda's 6 MB less room for headers."""

PAGE_SIZE = 50
"""Functions on a page when the client names no number (Kx: doc/basics.md)."""

PAGE_SIZE_MAX = 500
"""Most functions on a page, whatever the client asks for."""

PAGE_BYTES = 3 * MIB
"""A page ends early when its sources reach this size; keeps an answer under Lambda's 6 MB."""

WALL_TIME_MS_MIN = 10
WALL_TIME_MS_MAX = 25_000
"""Longest time a synchronous execution may take; API Gateway gives up after 30 s."""

MEMORY_MB_MIN = 16
MEMORY_MB_MAX = 512


@dataclass(frozen=True, slots=True)
class Limits:
    """What one execution may use.

    ``wall_time_ms`` is milliseconds, 10 to 25 000; ``memory_mb`` is MiB on top of what an idle
    worker takes, 16 to 512; ``result_bytes`` and ``log_bytes`` are UTF-8 bytes.
    """

    wall_time_ms: int = 5_000
    memory_mb: int = 64
    result_bytes: int = 5 * MIB
    log_bytes: int = 64 * KIB


DEFAULT_LIMITS = Limits()
