"""The port ``EventSources`` on AWS: what is bound to which of its services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from isolambda_core.adapters.aws.clients import configured
from isolambda_core.adapters.event_sources.bucket import (
    DEFAULT_BUS,
    Buckets,
)
from isolambda_core.adapters.event_sources.event import Bus
from isolambda_core.adapters.event_sources.event_source_mappings import Mappings
from isolambda_core.adapters.event_sources.own_queues import Queues
from isolambda_core.adapters.event_sources.queue import PolledQueues
from isolambda_core.adapters.event_sources.rules import Rules
from isolambda_core.adapters.event_sources.schedule import Schedules
from isolambda_core.adapters.event_sources.source_authorizer import SourceAuthorizer
from isolambda_core.adapters.event_sources.stream import PolledStreams
from isolambda_core.adapters.event_sources.topic import Topics
from isolambda_core.config import SourceSettings
from isolambda_core.domain.documents import Document
from isolambda_core.domain.triggers.bus_events import BusEvent
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    TriggerRef,
    TriggerType,
)
from isolambda_core.ports.clock import Clock

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


def client_config() -> "Config":
    """Return what the clients should be made with: an answer or an error within about 10 seconds.

    Trying again is safe: what was made is made once more; an event or a message that was sent twice
    is what buses and queues do as well.
    """
    return configured(
        connect_timeout=1, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2}
    )


@dataclass(frozen=True, slots=True)
class Clients:
    """Clients of all services that triggers are bound to, made with :func:`client_config`."""

    scheduler: "EventBridgeSchedulerClient"
    events: "EventBridgeClient"
    functions: "LambdaClient"
    sqs: "SQSClient"
    sns: "SNSClient"
    s3: "S3Client"
    kinesis: "KinesisClient"
    dynamodb: "DynamoDBClient"


class _Source(Protocol):
    """What triggers of one type are bound to; see ``EventSources`` for both methods."""

    def bind(self, trigger: Trigger) -> None: ...

    def unbind(self, trigger: TriggerRef) -> None: ...


@dataclass(frozen=True, slots=True)
class AwsEventSources:
    """The port ``EventSources``, made by :func:`open_sources`.

    Nothing is known here of what is bound: everything is found by a name that follows from the
    trigger's id, or by the source. A webhook is bound to nothing.
    """

    by_type: Mapping[TriggerType, _Source]
    queues: Queues
    bus: Bus

    def own_queue_arn(self, trigger_id: str) -> str:
        """Return the ARN of the queue of a trigger; see ``EventSources.own_queue_arn``."""
        return self.queues.arn_for(trigger_id)

    def bind(self, trigger: Trigger) -> None:
        """Have AWS deliver what the document asks for; see ``EventSources.bind``."""
        if trigger.type in self.by_type:
            self.by_type[trigger.type].bind(trigger)

    def unbind(self, trigger: TriggerRef) -> None:
        """Have AWS deliver nothing more; see ``EventSources.unbind``."""
        if trigger.type in self.by_type:
            self.by_type[trigger.type].unbind(trigger)

    def details(self, trigger: Trigger) -> Document:
        """Return ARN and URL of the queue that was made for a trigger."""
        arn = trigger.own_queue_arn
        return {} if arn is None else {"queue_arn": arn, "queue_url": self.queues.url_of(arn)}

    def publish(self, account_id: str, events: Sequence[BusEvent]) -> Sequence[str | None]:
        """Put events on the stack's bus; see ``EventSources.publish``."""
        return self.bus.publish(account_id, events)

    def send(self, trigger: Trigger, bodies: Sequence[str]) -> Sequence[str | None]:
        """Put messages into the queue of a trigger; see ``EventSources.send``."""
        return self.queues.send(self.own_queue_arn(trigger.id), bodies)


def open_sources(settings: SourceSettings, clients: Clients, clock: Clock) -> AwsEventSources:
    """Return the event sources of a stack; see :class:`AwsEventSources`."""
    named = SourceAuthorizer(settings)
    queues = Queues(clients.sqs, settings)
    mappings = Mappings(clients.functions, settings)
    bucket_rules = Rules(clients.events, settings, DEFAULT_BUS, "bucket")
    return AwsEventSources(
        by_type={
            TriggerType.SCHEDULE: Schedules(clients.scheduler, settings, clock),
            TriggerType.EVENT: Rules(clients.events, settings, settings.event_bus_name, "pattern"),
            TriggerType.QUEUE: PolledQueues(clients.sqs, settings, mappings, queues, named),
            TriggerType.BUCKET: Buckets(clients.s3, bucket_rules, named),
            TriggerType.STREAM: PolledStreams(
                clients.kinesis, clients.dynamodb, settings, mappings, named
            ),
            TriggerType.TOPIC: Topics(clients.sns, settings, named),
        },
        queues=queues,
        bus=Bus(clients.events, settings),
    )
