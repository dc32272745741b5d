"""Execute once more what was executed last while a project is served."""

from collections.abc import Mapping
from typing import Any

from isolambda_cli.api.client import Api
from isolambda_cli.api.errors import ApiError, UnreachableError


def run_again(api: Api, last: Mapping[str, Any] | None) -> str | None:
    """Execute an entry of the API's ``logs`` once more; return why not, or None.

    What that does is shown when it ends, as of any execution.
    """
    if last is None:
        return "nothing was called yet: isolambda run NAME --profile dev"
    path = f"functions/{last['function_id']}"
    try:
        record = api.get(f"{path}/executions/{last['execution_id']}", without="result")
        api.post(f"{path}/execute", record["input"])
    except (ApiError, UnreachableError) as error:
        return f"it cannot run again: {error}"
    return None
