"""What the use cases ask of the world. Every adapter of a repository passes ``tests/contract``."""

from isolambda_core.ports.accounts import (
    AccountRepository,
    ApiKeyRepository,
    BucketRepository,
    InstallationSecret,
    RevokedTokenRepository,
    TokenSigner,
)
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.executions import Callbacks, ClaimRepository, Executor, RecordRepository
from isolambda_core.ports.functions import (
    AliasRepository,
    BelowFunctions,
    FunctionRepository,
    TriggersOfFunctions,
    VersionRepository,
)
from isolambda_core.ports.queues import Consumer, DeadLetters, ExecutionQueue
from isolambda_core.ports.store import Store
from isolambda_core.ports.triggers import EventSources, TriggerRepository

__all__ = [
    "AccountRepository",
    "AliasRepository",
    "ApiKeyRepository",
    "BelowFunctions",
    "BucketRepository",
    "Callbacks",
    "ClaimRepository",
    "Clock",
    "Consumer",
    "DeadLetters",
    "EventSources",
    "ExecutionQueue",
    "Executor",
    "FunctionRepository",
    "InstallationSecret",
    "RecordRepository",
    "RevokedTokenRepository",
    "Store",
    "TokenSigner",
    "TriggerRepository",
    "TriggersOfFunctions",
    "VersionRepository",
]
