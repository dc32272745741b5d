"""Ids in a path: what is no id is not found, and no store is asked for it."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Path

from isolambda_api.http.raises import EXAMPLE_ID, raises
from isolambda_core.domain.errors import NotFoundError
from isolambda_core.domain.functions.errors import FunctionNotFoundError
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.triggers.errors import TriggerNotFoundError

ID_DESCRIPTION = "32 lower-case hexadecimal characters."


def id_in_path(name: str, not_found: Callable[[str], NotFoundError]) -> Any:
    """Return the dependency for an id: the value of a path's parameter, if it is one.

    The dependency raises what ``not_found`` returns where the value is none.
    """

    @raises(not_found(EXAMPLE_ID))
    async def checked(value: Annotated[str, Path(alias=name, description=ID_DESCRIPTION)]) -> str:
        if not is_id(value):  # a store may not take it as a key
            raise not_found(value)
        return value

    return Depends(checked)


@raises(TriggerNotFoundError(EXAMPLE_ID))
async def _trigger_id(trigger_id: Annotated[str, Path(description=ID_DESCRIPTION)]) -> str:
    return trigger_id  # its service refuses what is none, once it knows that there is the function


FunctionId = Annotated[str, id_in_path("function_id", FunctionNotFoundError)]
"""The function in the path."""

TriggerId = Annotated[str, Depends(_trigger_id)]
"""The trigger in the path, which need not be an id."""
