"""The use cases, and how an endpoint asks for them."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from isolambda_core.services.accounts import AccountService
from isolambda_core.services.execution import ExecutionService
from isolambda_core.services.functions import FunctionService


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the API can do; a composition root puts it together."""

    functions: FunctionService
    accounts: AccountService
    executions: ExecutionService


async def _services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


UseCases = Annotated[Services, Depends(_services)]
"""The use cases, as an endpoint asks for them."""
