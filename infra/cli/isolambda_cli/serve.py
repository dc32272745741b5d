"""The command ``isolambda serve``."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from isolambda_cli.command import fail
from isolambda_cli.hosts import checked_hosts, checked_http_hosts
from isolambda_cli.server_config import ENVIRONMENT, FILE_NAME, ConfiguredCommand
from isolambda_cli.server_import import import_serve
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.http_hosts import own_host_among
from isolambda_core.domain.limits import AUDIT_DAYS, AUDIT_DAYS_MAX, PROCESSES_MAX
from isolambda_core.domain.net import ceiling_of
from isolambda_core.domain.public_urls import PUBLIC_URL, is_host
from isolambda_local.defaults import WORKERS
from isolambda_local.settings import LogFormat, LogLevel, ServerSettings

app = typer.Typer(add_completion=False)


def _checked_url(url: str | None) -> str | None:
    if url is None:
        return None
    checked = url.rstrip("/")
    if re.fullmatch(PUBLIC_URL, checked) is None or not is_host(urlsplit(checked).netloc):
        raise typer.BadParameter("must be http(s)://, a host, and a path at the most")
    return checked


def _checked_proxies(words: list[str] | None) -> list[str] | None:
    # A server alone needs it.
    from isolambda_local.trusted_proxies import (  # noqa: PLC0415 - see above
        InvalidProxyError,
        TrustedProxies,
    )

    try:
        TrustedProxies(words or ())
    except InvalidProxyError as error:
        raise typer.BadParameter(str(error)) from error
    return words


def _without_own(hosts: Sequence[str], public_url: str | None) -> tuple[str, ...]:
    """Return the hosts of functions, among which the server's own may not be."""
    own = own_host_among(hosts, public_url)
    if own is not None:
        fail(f"--function-hosts: {own} is the server's own host, of --public-url", 2)
    return tuple(hosts)


@app.command(cls=ConfiguredCommand, context_settings={"auto_envvar_prefix": ENVIRONMENT})
def serve(  # noqa: PLR0913 - one for each option
    *,
    config: Annotated[  # noqa: ARG001 - the command has read it
        Path | None,
        typer.Option(
            help=f"A file of settings; {FILE_NAME} in the data directory, if it is there, by "
            "default.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes any free one.")
    ] = 8787,
    data_dir: Annotated[
        Path, typer.Option(help="The directory where the server keeps everything.")
    ] = Path(".isolambda"),
    workers: Annotated[int, typer.Option(min=1, max=64, help="Executions at a time.")] = WORKERS,
    processes: Annotated[
        int,
        typer.Option(
            min=1,
            max=PROCESSES_MAX,
            help="Processes that serve on the port, with common limits; as many as processors at "
            "the most are of use.",
        ),
    ] = 1,
    tenant_executions: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=64,
            help="Executions of one tenant at a time, its accounts together; half of the workers "
            "by default.",
            show_default=False,
        ),
    ] = None,
    bucket_tokens: Annotated[
        int,
        typer.Option(
            min=0, max=1_000_000, help="Requests that a client may send at once; 0 sets no limit."
        ),
    ] = 0,
    bucket_per_second: Annotated[
        int,
        typer.Option(
            min=1, max=10_000, help="Requests a second that a client may send after those."
        ),
    ] = RateLimit().per_second,
    private_callbacks: Annotated[
        bool,
        typer.Option(
            help="Let callbacks go to this machine and its network, and by plain HTTP.",
        ),
    ] = False,
    private_fetch: Annotated[
        bool,
        typer.Option(
            help="Let functions fetch from this machine and its network.",
        ),
    ] = False,
    net_allow: Annotated[
        list[str] | None,
        typer.Option(
            callback=checked_hosts,
            help="A host that functions may reach at most, as api.example.com or *.example.org, "
            "again for another; `none` for no host.",
            show_default=False,
        ),
    ] = None,
    unconfined: Annotated[
        bool,
        typer.Option(help="Serve where the kernel does not confine user code (no seccomp)."),
    ] = False,
    public_url: Annotated[
        str | None,
        typer.Option(
            callback=_checked_url,
            help="URL of the server from outside, for the URLs of webhooks.",
        ),
    ] = None,
    function_hosts: Annotated[
        list[str] | None,
        typer.Option(
            callback=checked_http_hosts,
            help="A host that is left to functions alone, as shop.example.com, or *.example.com "
            "for all below it, again for another.",
            show_default=False,
        ),
    ] = None,
    log_format: Annotated[
        LogFormat, typer.Option(help="How the lines of the log look.")
    ] = LogFormat.TEXT,
    log_level: Annotated[
        LogLevel, typer.Option(help="The level from which on there are lines in the log.")
    ] = LogLevel.INFO,
    trusted_proxies: Annotated[
        list[str] | None,
        typer.Option(
            callback=_checked_proxies,
            help="Proxies in front that are believed who asks: addresses and networks, as "
            "127.0.0.1,10.0.0.0/8.",
            show_default=False,
        ),
    ] = None,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="The port of this machine (127.0.0.1) where Prometheus asks for /metrics.",
            show_default=False,
        ),
    ] = None,
    metrics_token_file: Annotated[
        Path | None,
        typer.Option(
            help="A file with a token of 16 characters or more. A request with it, as Bearer, may "
            "ask for /metrics on the port of the server.",
            show_default=False,
        ),
    ] = None,
    otlp_endpoint: Annotated[
        str | None,
        typer.Option(
            envvar=[f"{ENVIRONMENT}_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"],
            callback=_checked_url,
            help="URL of an OpenTelemetry collector for traces and logs, such as "
            "http://127.0.0.1:4318; needs isolambda[otlp].",
            show_default=False,
        ),
    ] = None,
    audit_days: Annotated[
        int,
        typer.Option(
            min=1, max=AUDIT_DAYS_MAX, help="How many days an entry of the audit is kept."
        ),
    ] = AUDIT_DAYS,
) -> None:
    """Serve on this machine, with an SQLite database."""
    bucket = RateLimit(bucket_tokens, bucket_per_second) if bucket_tokens else None
    settings = ServerSettings(
        data_dir,
        host=host,
        port=port,
        workers=workers,
        processes=processes,
        tenant_executions=tenant_executions,
        bucket=bucket,
        private_callbacks=private_callbacks,
        private_fetch=private_fetch,
        net_ceiling=ceiling_of(net_allow or ()),
        unconfined=unconfined,
        public_url=public_url,
        function_hosts=_without_own(function_hosts or (), public_url),
        log_format=log_format,
        log_level=log_level,
        trusted_proxies=tuple(trusted_proxies or ()),
        metrics_port=metrics_port,
        metrics_token_file=metrics_token_file,
        otlp_endpoint=otlp_endpoint,
        audit_days=audit_days,
    )
    try:
        import_serve()(settings)
    except (IsolambdaError, OSError) as error:
        fail(str(error))
