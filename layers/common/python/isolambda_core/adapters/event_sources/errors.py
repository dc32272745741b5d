"""What AWS refuses, in our words: one table, by the code of its error."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from isolambda_core.domain.errors import (
    InvalidDocumentError,
    Violation,
)
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.triggers.errors import SourcesUnavailableError

FAILURES = (ClientError, NoConnectionError, HTTPClientError)
"""What a client raises."""

_GONE = frozenset(
    {
        "AWS.SimpleQueueService.NonExistentQueue",
        "NoSuchBucket",
        "NotFound",
        "NotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFound",
        "ResourceNotFoundException",
    }
)
_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
    }
)
_INVALID = frozenset(
    {
        "AWS.SimpleQueueService.BatchRequestTooLong",
        "InvalidArgumentException",
        "InvalidEventPatternException",
        "InvalidParameter",
        "InvalidParameterException",
        "InvalidParameterValue",
        "InvalidParameterValueException",
        "ValidationError",
        "ValidationException",
    }
)

_log = logging.getLogger(__name__)


def code_of(error: Exception) -> str:
    """Return AWS's word for what went wrong, or that of who did not reach AWS."""
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    return type(error).__name__


def is_invalid(error: Exception) -> bool:
    """Tell whether AWS will never take what it was sent."""
    return code_of(error) in _INVALID


def is_gone(error: Exception) -> bool:
    """Tell whether AWS has not what it was asked for."""
    return code_of(error) in _GONE


@contextmanager
def ignoring_missing(*, or_denied: bool = False) -> Iterator[None]:
    """Let what is to be removed be gone already, or, if need be, out of our reach."""
    try:
        yield
    except ClientError as error:
        if not is_gone(error) and not (or_denied and code_of(error) in _DENIED):
            raise


@contextmanager
def errors_mapped() -> Iterator[None]:
    """Let nothing through but what the port ``EventSources`` says.

    Raises:
        SourcesUnavailableError: AWS did not answer, or refused.
    """
    try:
        yield
    except FAILURES as error:
        raise _unavailable(error) from error


@contextmanager
def as_unavailable(key: str, value: JsonValue) -> Iterator[None]:
    """Let the document be to blame where AWS refuses what ``key`` of it says.

    Raises:
        InvalidDocumentError: AWS says that it makes no sense.
        SourcesUnavailableError: AWS did not answer, or refused for another reason.
    """
    try:
        yield
    except FAILURES as error:
        if not isinstance(error, ClientError) or not is_invalid(error):
            raise _unavailable(error) from error
        message = error.response["Error"].get("Message", code_of(error))
        raise refused(key, value, message) from error


@contextmanager
def expecting(key: str, value: JsonValue) -> Iterator[None]:
    """Let the document be to blame, too, where what ``key`` of it names cannot be used.

    Raises:
        InvalidDocumentError: it is not there, or not for us, or AWS says that it makes no sense.
        SourcesUnavailableError: AWS did not answer, or refused for another reason.
    """
    with as_unavailable(key, value):
        try:
            yield
        except ClientError as error:
            if is_gone(error):
                raise refused(key, value, "There is none") from error
            if code_of(error) in _DENIED:
                message = "Isolambda may not use it: the stack's EventSourceArns does not allow it"
                raise refused(key, value, message) from error
            raise


def refused(key: str, value: JsonValue, message: str) -> InvalidDocumentError:
    """Return what says that a source cannot be used."""
    return InvalidDocumentError([Violation((key,), "error", None, value, message)])


def _unavailable(error: Exception) -> SourcesUnavailableError:
    asked = error.operation_name if isinstance(error, ClientError) else "a request"
    _log.error("%s to an event source failed: %s", asked, code_of(error))
    return SourcesUnavailableError()
