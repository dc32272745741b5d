"""Errors of functions, their versions and aliases.

IsolambdaError
├── NotFoundError
│   ├── FunctionNotFoundError
│   ├── QualifierNotFoundError  no such version or alias
│   └── SavedCallNotFoundError
├── ConflictError
│   ├── FunctionExistsError     the id is taken, also by a deleted function
│   ├── VersionExistsError      the number was given already
│   ├── VersionInUseError       an alias points to it
│   ├── AliasExistsError        the function has one of this name
│   └── ContractFailedError     an alias may not stand for a version that breaks its contract
└── FunctionDisabledError       the document says ``enabled: false``
    └── CallRefusedError        … and has no callflow to answer a call with
"""

from collections.abc import Mapping, Sequence

from isolambda_core.domain.errors import ConflictError, IsolambdaError, NotFoundError
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import CONTRACT_FAILURES, SCHEMA_BREAKS


class FunctionNotFoundError(NotFoundError):
    """The account has no function with this id, or it was deleted."""

    kind = "function"


class QualifierNotFoundError(NotFoundError):
    """The function has no such version or alias."""

    kind = "version or alias"


class SavedCallNotFoundError(NotFoundError):
    """The function has no saved call of this name."""

    kind = "saved call"


class FunctionExistsError(ConflictError):
    """A function of the account, perhaps a deleted one, has this id."""


class VersionExistsError(ConflictError):
    """Another version, perhaps a removed one, has this number."""


class VersionInUseError(ConflictError):
    """An alias points to the version; ``alias`` is its name."""

    def __init__(self, alias: str) -> None:
        super().__init__(f"the alias {alias!r} points to the version")
        self.alias = alias


class AliasExistsError(ConflictError):
    """The function has an alias of this name."""


class ContractFailedError(ConflictError):
    """The version breaks the contract that the alias enforces.

    ``calls`` and ``breaks`` are documents of saved calls that failed and of breaks of schemas, at
    most ``limits.CONTRACT_FAILURES`` and ``limits.SCHEMA_BREAKS``.
    """

    def __init__(
        self, calls: Sequence[Mapping[str, JsonValue]], breaks: Sequence[Mapping[str, JsonValue]]
    ) -> None:
        super().__init__(
            f"the alias stays where it is: saved calls that fail: {len(calls)}, breaks of schemas: "
            f"{len(breaks)}"
        )
        self.calls = calls[:CONTRACT_FAILURES]
        self.breaks = breaks[:SCHEMA_BREAKS]


class FunctionDisabledError(IsolambdaError):
    """The function's document says ``enabled: false``."""

    def __init__(self, function_id: str) -> None:
        super().__init__(f"function {function_id!r} is disabled")


class CallRefusedError(FunctionDisabledError):
    """The called function is disabled, and its document has no fallback."""
