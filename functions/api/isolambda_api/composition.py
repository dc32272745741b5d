"""How the use cases are put together, whatever store and executor they stand on."""

from dataclasses import replace
from typing import Protocol

from isolambda_api.dependencies import Services
from isolambda_core.adapters.tokens import JwtSigner
from isolambda_core.domain.buckets import BucketSize
from isolambda_core.ports import (
    AccountRepository,
    AliasRepository,
    ApiKeyRepository,
    BucketRepository,
    Clock,
    Executor,
    FunctionRepository,
    InstallationSecret,
    RecordRepository,
    RevokedTokenRepository,
    VersionRepository,
)
from isolambda_core.services.access import AccessService
from isolambda_core.services.accounts import AccountService
from isolambda_core.services.aliases import AliasService
from isolambda_core.services.calls import CallService
from isolambda_core.services.execution import ExecutionService
from isolambda_core.services.failures import FailureService
from isolambda_core.services.functions import FunctionService
from isolambda_core.services.keys import KeyService
from isolambda_core.services.rates import RateLimiter
from isolambda_core.services.versions import VersionService


class Store(Protocol):
    """The repositories of one database."""

    @property
    def functions(self) -> FunctionRepository:
        """Where functions are kept."""
        ...

    @property
    def versions(self) -> VersionRepository:
        """Where versions are kept."""
        ...

    @property
    def aliases(self) -> AliasRepository:
        """Where aliases are kept."""
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
    functions = FunctionService(store.functions, store.versions, store.aliases, clock)
    executions = ExecutionService(store.functions, store.versions, store.aliases, executor)
    return Services(
        access=AccessService(
            store.accounts, store.api_keys, store.revoked_tokens, JwtSigner(secret), clock
        ),
        accounts=AccountService(store.accounts, functions, keys, clock),
        keys=keys,
        rates=RateLimiter(buckets, size, clock),
        functions=functions,
        versions=VersionService(store.functions, store.versions, clock),
        aliases=AliasService(store.functions, store.aliases, clock),
        executions=executions,
        calls=CallService(executions, replace(executions, executor=hurried), failures),
        failures=failures,
        clock=clock,
    )
