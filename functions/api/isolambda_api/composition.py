"""How the use cases are put together, whatever store and executor they stand on."""

from typing import Protocol

from isolambda_api.dependencies import Services
from isolambda_core.adapters.tokens import JwtSigner
from isolambda_core.domain.buckets import BucketSize
from isolambda_core.ports import (
    AccountRepository,
    ApiKeyRepository,
    BucketRepository,
    Clock,
    Executor,
    FunctionRepository,
    InstallationSecret,
    RecordRepository,
    RevokedTokenRepository,
)
from isolambda_core.services.access import AccessService
from isolambda_core.services.accounts import AccountService
from isolambda_core.services.calls import CallService
from isolambda_core.services.execution import ExecutionService
from isolambda_core.services.failures import FailureService
from isolambda_core.services.functions import FunctionService
from isolambda_core.services.keys import KeyService
from isolambda_core.services.rates import RateLimiter


class Store(Protocol):
    """The repositories of one database."""

    @property
    def functions(self) -> FunctionRepository:
        """Where functions are kept."""
        ...

    @property
    def accounts(self) -> AccountRepository:
        """Where accounts are kept."""
        ...

    @property
    def api_keys(self) -> ApiKeyRepository:
        """Where API keys are kept."""
        ...

    @property
    def revoked_tokens(self) -> RevokedTokenRepository:
        """Where revoked tokens are kept."""
        ...

    @property
    def records(self) -> RecordRepository:
        """Where records of executions are kept."""
        ...


def compose(
    store: Store,
    secret: InstallationSecret,
    clock: Clock,
    *,
    executor: Executor,
    hurried: Executor,
    buckets: BucketRepository | None,
    size: BucketSize,
) -> Services:
    """Return everything the API can do.

    ``hurried`` is the executor for calls, which gives up after ``limits.CALL_PATIENCE_S``; without
    ``buckets`` nobody's requests are counted.
    """
    keys = KeyService(store.api_keys, secret, clock)
    failures = FailureService(store.records, store.functions, clock)
    executions = ExecutionService(store.functions, executor)
    return Services(
        access=AccessService(
            store.accounts, store.api_keys, store.revoked_tokens, JwtSigner(secret), clock
        ),
        accounts=AccountService(store.accounts, store.functions, keys, clock),
        keys=keys,
        rates=RateLimiter(buckets, size, clock),
        functions=FunctionService(store.functions, clock),
        executions=executions,
        calls=CallService(executions, ExecutionService(store.functions, hurried), failures),
        failures=failures,
        clock=clock,
    )
