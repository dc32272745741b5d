"""Settings, read from the environment once, as frozen values; nothing else reads it."""

import os
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.http_hosts import check_http_hosts, own_host_among
from isolambda_core.domain.limits import AUDIT_DAYS, AUDIT_DAYS_MAX
from isolambda_core.domain.public_urls import PUBLIC_URL

_BUCKET = RateLimit()
_ALIAS = "^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+:[A-Za-z0-9_-]+$"
_KEY = "^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-z-]+$"


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(each.strip() for each in text.split(",") if each.strip())
    if any(check_http_hosts(hosts)):
        message = "must be hosts in lower case, or `*.` and such a host, with commas between them"
        raise ValueError(message)
    return hosts


class SourceSettings(BaseModel):
    """The resources of a stack that bind triggers to their sources.

    ``dispatcher_arn`` is the ARN of the alias that every source invokes; the partition, the region
    and the AWS account are read from it. A longer ``stack_name`` leaves no room for a trigger's id
    in the names of rules.
    """

    model_config = ConfigDict(frozen=True)

    stack_name: Annotated[str, Field(validation_alias="STACK_NAME", min_length=1, max_length=31)]
    event_bus_name: Annotated[str, Field(validation_alias="EVENT_BUS_NAME", min_length=1)]
    schedule_group: Annotated[str, Field(validation_alias="SCHEDULE_GROUP", min_length=1)]
    scheduler_role_arn: Annotated[str, Field(validation_alias="SCHEDULER_ROLE_ARN", min_length=1)]
    dispatcher_arn: Annotated[str, Field(validation_alias="DISPATCHER_ARN", pattern=_ALIAS)]
    dead_letter_queue_arn: Annotated[
        str, Field(validation_alias="DEAD_LETTER_QUEUE_ARN", min_length=1)
    ]
    queue_url: Annotated[str, Field(validation_alias="QUEUE_URL", min_length=1)]


class _Settings(SourceSettings):
    """The variables that ``template.yaml`` sets for both ApiFunction and DispatcherFunction."""

    table_name: Annotated[str, Field(validation_alias="TABLE_NAME", min_length=3)]
    executor_function_name: Annotated[
        str, Field(validation_alias="EXECUTOR_FUNCTION_NAME", min_length=1)
    ]
    secret_arn: Annotated[str, Field(validation_alias="SECRET_ARN", min_length=1)]
    shadow_queue_url: Annotated[str, Field(validation_alias="SHADOW_QUEUE_URL", min_length=1)]
    api_url: Annotated[str, Field(validation_alias="API_URL", pattern=f"^$|{PUBLIC_URL}")] = ""
    tenant_isolation: Annotated[bool, Field(validation_alias="TENANT_ISOLATION")] = False
    secrets_key_arn: Annotated[
        str, Field(validation_alias="SECRETS_KEY_ARN", pattern=f"^$|{_KEY}")
    ] = ""
    audit_days: Annotated[int, Field(validation_alias="AUDIT_DAYS", ge=1, le=AUDIT_DAYS_MAX)] = (
        AUDIT_DAYS
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:  # noqa: TID251
        """Read the settings; a missing or malformed variable stops the cold start."""
        return cls.model_validate(dict(environment))


class ApiSettings(_Settings):
    """The variables that ``template.yaml`` sets for ApiFunction."""

    bucket_tokens: Annotated[int, Field(validation_alias="BUCKET_TOKENS", ge=0)] = _BUCKET.tokens
    bucket_per_second: Annotated[int, Field(validation_alias="BUCKET_PER_SECOND", ge=1)] = (
        _BUCKET.per_second
    )
    public_url: Annotated[str, Field(validation_alias="PUBLIC_URL", pattern=f"^$|{PUBLIC_URL}")] = (
        ""
    )
    function_hosts: Annotated[
        tuple[str, ...], BeforeValidator(_hosts), Field(validation_alias="FUNCTION_HOSTS")
    ] = ()
    otlp_endpoint: Annotated[
        str, Field(validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT", pattern=f"^$|{PUBLIC_URL}")
    ] = ""

    @model_validator(mode="after")
    def _require_apart(self) -> Self:
        if own_host_among(self.function_hosts, self.public_url) is not None:
            message = "FUNCTION_HOSTS may not have the host of PUBLIC_URL"
            raise ValueError(message)
        return self


class DispatcherSettings(_Settings):
    """The variables that ``template.yaml`` sets for DispatcherFunction."""

    queue_arn: Annotated[str, Field(validation_alias="QUEUE_ARN", min_length=1)]
    callback_queue_arn: Annotated[str, Field(validation_alias="CALLBACK_QUEUE_ARN", min_length=1)]
    shadow_queue_arn: Annotated[str, Field(validation_alias="SHADOW_QUEUE_ARN", min_length=1)]
    callback_queue_url: Annotated[str, Field(validation_alias="CALLBACK_QUEUE_URL", min_length=1)]
    dead_letter_queue_url: Annotated[
        str, Field(validation_alias="DEAD_LETTER_QUEUE_URL", min_length=1)
    ]
