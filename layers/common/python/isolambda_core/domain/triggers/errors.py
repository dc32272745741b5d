"""Errors of triggers and webhooks."""

from isolambda_core.domain.accounts.errors import UnauthorizedError
from isolambda_core.domain.errors import ConflictError, IsolambdaError, NotFoundError


class WebhookRefusedError(UnauthorizedError):
    """A delivery to a webhook is not genuine, or no longer; ``cause`` gives nothing of it away."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"the delivery is refused: {cause}")
        self.cause = cause


class TriggerNotFoundError(NotFoundError):
    """The function has no trigger with this id."""

    kind = "trigger"


class SourceInUseError(ConflictError):
    """Another trigger listens to the queue, stream or topic; ``source`` is its ARN."""

    def __init__(self, source: str) -> None:
        super().__init__(f"another trigger listens to {source}")
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
    """An event source could not be reached, or refused for a reason of its own."""

    def __init__(self) -> None:
        super().__init__("the event source is not available; try again")
