"""What an operator may choose of a server on one machine."""

import logging
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.limits import AUDIT_DAYS
from isolambda_local.defaults import WORKERS


class LogFormat(StrEnum):
    """How the lines of the log look."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The level from which on there are lines."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def number(self) -> int:
        """The level, as ``logging`` has it."""
        return logging.getLevelNamesMapping()[self.name]


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """The settings of a server, each an option of ``isolambda serve``.

    Attributes:
        data_dir: Where everything is kept; it is made when it is not there.
        host: The address to listen on, or a name of it.
        port: The port to listen on; 0 is any free one.
        workers: Executions at a time, in all processes together.
        processes: Processes that serve on the port; with more than one they are children.
        tenant_executions: Executions of a tenant at a time; None is half of the workers.
        bucket: The token bucket of each client; None sets no rate limit.
        private_callbacks: Whether callbacks may go to this machine and its network.
        private_fetch: Whether functions may fetch from there.
        net_ceiling: The host patterns that functions reach at most; None is every host.
        unconfined: Whether to serve where the kernel does not confine the workers.
        public_url: Where the server is reached from outside.
        function_hosts: What is left to functions: hosts, and ``*.`` for all below one.
        log_format: How the lines of the log look.
        log_level: The level from which on there are lines.
        trusted_proxies: Addresses and networks whose word is taken for who asks; see
            ``TrustedProxies``.
        metrics_port: The port of this machine where Prometheus asks; None for none, 0 for any.
        metrics_token_file: Holds the token that opens ``/metrics`` on the other port, if any does.
        otlp_endpoint: Where a collector of OpenTelemetry is, if there is one.
        audit_days: How many days an entry of the audit is kept.
    """

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8787
    workers: int = WORKERS
    processes: int = 1
    tenant_executions: int | None = None
    bucket: RateLimit | None = None
    private_callbacks: bool = False
    private_fetch: bool = False
    net_ceiling: tuple[str, ...] | None = None
    unconfined: bool = False
    public_url: str | None = None
    function_hosts: tuple[str, ...] = ()
    log_format: LogFormat = LogFormat.TEXT
    log_level: LogLevel = LogLevel.INFO
    trusted_proxies: tuple[str, ...] = ()
    metrics_port: int | None = None
    metrics_token_file: Path | None = None
    otlp_endpoint: str | None = None
    audit_days: int = AUDIT_DAYS

    @property
    def has_metrics(self) -> bool:
        """Whether anyone may ask for metrics."""
        return self.metrics_port is not None or self.metrics_token_file is not None

    @property
    def share(self) -> int:
        """How many executions a tenant has at a time."""
        return self.tenant_executions or max(1, self.workers // 2)
