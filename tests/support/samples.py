"""An account, a function and its execution, as unit tests share them."""

from collections.abc import Callable

from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Origin,
    Outcome,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.functions import (
    Function,
)
from isolambda_local.secrets.installation_secret import FileSecret

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
FUNCTION, OTHER_FUNCTION = "f" * 32, "e" * 32
SECRET = FileSecret(b"the secret of an installation...")
ORIGIN = Origin("kazoo", "the id of a request", {"colour": "red", "size": "s"}, {"user": "u"})
INVOCATION = Invocation(ACCOUNT, FUNCTION, b'{"To":"1"}', origin=ORIGIN)
OK = ExecutionResult("", Outcome.OK, b"1")
FAILED = ExecutionResult("", Outcome.EXCEPTION, error=ExecutionError("TypeError", "no items"))
"""What ends an execution, whatever its id."""

Keep = Callable[..., Function]
