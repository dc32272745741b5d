"""Map the errors of AWS to those of the port ``EventSources``, by their codes."""

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
"""The errors that a client raises."""

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
    """Return the code of an error of AWS, or the name of an error on the way there."""
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    return type(error).__name__


def is_invalid(error: Exception) -> bool:
    """Return whether AWS would refuse the same request each time."""
    return code_of(error) in _INVALID


def is_gone(error: Exception) -> bool:
    """Return whether AWS does not have what the request names."""
    return code_of(error) in _GONE


@contextmanager
def ignoring_missing(*, or_denied: bool = False) -> Iterator[None]:
    """Ignore an error which says that there is nothing to remove; ``or_denied``: or no right to."""
    try:
        yield
    except ClientError as error:
        if not is_gone(error) and not (or_denied and code_of(error) in _DENIED):
            raise


@contextmanager
def errors_mapped() -> Iterator[None]:
    """Raise the error of the port for each error of AWS.

    Raises:
        SourcesUnavailableError: AWS did not answer, or refused.
    """
    try:
        yield
    except FAILURES as error:
        raise _unavailable(error) from error


@contextmanager
def as_unavailable(key: str, value: JsonValue) -> Iterator[None]:
    """Raise a violation of ``key`` of the document where AWS says that its value makes no sense.

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
    """Raise a violation, too, where the source that ``key`` of the document names cannot be used.

    Raises:
        InvalidDocumentError: there is none, Isolambda may not use it, or AWS says that it makes no
        sense.
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
    """Return the error of a document whose source cannot be used."""
    return InvalidDocumentError([Violation((key,), "error", None, value, message)])


def _unavailable(error: Exception) -> SourcesUnavailableError:
    asked = error.operation_name if isinstance(error, ClientError) else "a request"
    _log.error("%s to an event source failed: %s", asked, code_of(error))
    return SourcesUnavailableError()
