"""Errors of functions, their versions and aliases."""

from isolambda_core.domain.errors import ConflictError, IsolambdaError, NotFoundError


class FunctionNotFoundError(NotFoundError):
    """The account has no function with this id, or it was deleted."""

    kind = "function"


class QualifierNotFoundError(NotFoundError):
    """The function has no such version or alias."""

    kind = "version or alias"


class FunctionExistsError(ConflictError):
    """The function id is taken in this account, perhaps by a deleted function."""


class VersionExistsError(ConflictError):
    """The number was given already, perhaps to a version that is gone."""


class VersionInUseError(ConflictError):
    """An alias points to the version; ``alias`` is its name."""

    def __init__(self, alias: str) -> None:
        super().__init__(f"the alias {alias!r} points to the version")
        self.alias = alias


class AliasExistsError(ConflictError):
    """The function has an alias of this name."""


class FunctionDisabledError(IsolambdaError):
    """The function's document says ``enabled: false``."""

    def __init__(self, function_id: str) -> None:
        super().__init__(f"function {function_id!r} is disabled")


class CallRefusedError(FunctionDisabledError):
    """A call came for a function that is disabled, and whose document has no fallback."""
