"""Event source mappings, by which Lambda polls queues and streams."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from isolambda_core.adapters.event_sources.errors import (
    as_unavailable,
    errors_mapped,
    ignoring_missing,
)
from isolambda_core.config import SourceSettings
from isolambda_core.domain.triggers.triggers import Trigger

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


@dataclass(frozen=True, slots=True)
class Mappings:
    """One mapping for each trigger; its source finds it, as a source has one trigger."""

    client: "LambdaClient"
    settings: SourceSettings

    def map(self, key: str, trigger: Trigger, wanted: Mapping[str, Any], **made: Any) -> None:
        """Make the mapping of a trigger, or change it to what is ``wanted``.

        ``made`` are further attributes of a new mapping, which never change. Violations are of
        ``key``.

        Raises:
            InvalidDocumentError: AWS says that the document makes no sense.
            SourcesUnavailableError: AWS did not answer, or refused for another reason.
        """
        source = cast("str", trigger.source)
        changed = {
            "Enabled": trigger.enabled,
            "BatchSize": trigger.batch_size,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            **wanted,
        }
        with errors_mapped():
            found = self._found(source)
        with as_unavailable(key, source):
            if found is not None:
                self.client.update_event_source_mapping(UUID=found, **changed)
            else:
                self.client.create_event_source_mapping(
                    EventSourceArn=source,
                    FunctionName=self.settings.dispatcher_arn,
                    **made,
                    **changed,
                )

    def remove(self, source: str) -> None:
        """Remove the mapping of a source, if there is one.

        Raises:
            SourcesUnavailableError: AWS did not answer, or refused.
        """
        with errors_mapped():
            found = self._found(source)
            if found is not None:
                with ignoring_missing():
                    self.client.delete_event_source_mapping(UUID=found)

    def _found(self, source: str) -> str | None:
        listed = self.client.list_event_source_mappings(
            EventSourceArn=source, FunctionName=self.settings.dispatcher_arn
        )["EventSourceMappings"]
        return listed[0]["UUID"] if listed else None
