"""Errors of triggers and webhooks.

IsolambdaError
├── UnauthorizedError
│   ├── WebhookRefusedError     a delivery to a webhook is not signed as it must be
│   └── TokenRefusedError       a request carries no token, or one that is not valid
├── NotFoundError
│   └── TriggerNotFoundError
├── ConflictError
│   ├── SourceInUseError        another trigger has this queue, stream, topic or path
│   └── TooManyTriggersError    the function has as many as it may have
├── KeysUnavailableError        the keys of an issuer of tokens cannot be fetched
├── DocumentUnavailableError    nothing that can be read is at a URL
├── TriggerDisabledError        the trigger's document says ``enabled: false``
└── SourcesUnavailableError     the event sources were not reached
"""

from isolambda_core.domain.accounts.errors import UnauthorizedError
from isolambda_core.domain.errors import ConflictError, IsolambdaError, NotFoundError


class WebhookRefusedError(UnauthorizedError):
    """A delivery has no valid signature, or an old one; ``cause`` reveals no part of the secret."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"the delivery is refused: {cause}")
        self.cause = cause


class TokenRefusedError(UnauthorizedError):
    """A request carries no JSON Web Token, or one that is not valid; ``cause`` says why."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"the token is refused: {cause}")
        self.cause = cause


class KeysUnavailableError(IsolambdaError):
    """The keys of an issuer of tokens cannot be fetched now."""

    def __init__(self) -> None:
        super().__init__("the keys of the issuer are not available; try again")


class DocumentUnavailableError(IsolambdaError):
    """Nothing that can be read is at a URL; it does not say what is there instead."""


class TriggerNotFoundError(NotFoundError):
    """The function has no trigger with this id."""

    kind = "trigger"


class SourceInUseError(ConflictError):
    """Another trigger has the queue, stream or topic, by its ARN, or the path."""

    def __init__(self, source: str) -> None:
        super().__init__(f"another trigger has {source}")
        self.source = source


class TooManyTriggersError(ConflictError):
    """The function has ``limits.TRIGGERS`` triggers."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the function has {limit} triggers, and may have no more")


class TriggerDisabledError(IsolambdaError):
    """The trigger's document says ``enabled: false``."""

    def __init__(self, trigger_id: str) -> None:
        super().__init__(f"trigger {trigger_id!r} is disabled")


class SourcesUnavailableError(IsolambdaError):
    """An event source was not reached, or refused for a reason of its own."""

    def __init__(self) -> None:
        super().__init__("the event source is not available; try again")
