"""The event sources of a stack: the source of each type of trigger, and clients for all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from isolambda_core.adapters.aws.clients import configured
from isolambda_core.adapters.event_sources.bucket import Buckets
from isolambda_core.adapters.event_sources.event import EventBus
from isolambda_core.adapters.event_sources.event_source_mappings import Mappings
from isolambda_core.adapters.event_sources.own_queues import OwnSqsQueues
from isolambda_core.adapters.event_sources.queue import PolledQueues
from isolambda_core.adapters.event_sources.schedule import Schedules
from isolambda_core.adapters.event_sources.source_authorizer import SourceAuthorizer
from isolambda_core.adapters.event_sources.stream import PolledStreams
from isolambda_core.adapters.event_sources.topic import Topics
from isolambda_core.adapters.sources_by_type import SourcesByType
from isolambda_core.config import SourceSettings
from isolambda_core.domain.triggers.triggers import TriggerType
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
    """Return the configuration of the clients: an answer or an error within about 10 seconds.

    A second try does no harm: each method makes what may exist already, and buses and queues may
    deliver an event or a message twice anyway.
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

    @classmethod
    def made_by(cls, client: Callable[[str], Any]) -> Self:
        """Return the clients that ``client`` returns for the names that boto3 has for services."""
        return cls(
            scheduler=client("scheduler"),
            events=client("events"),
            functions=client("lambda"),
            sqs=client("sqs"),
            sns=client("sns"),
            s3=client("s3"),
            kinesis=client("kinesis"),
            dynamodb=client("dynamodb"),
        )


def open_sources(settings: SourceSettings, clients: Clients, clock: Clock) -> SourcesByType:
    """Return the event sources of a stack; a webhook has none.

    They store no state: each finds what a trigger is bound to by a name that follows from the
    trigger's id, or by the source.
    """
    authorizer = SourceAuthorizer(settings)
    mappings = Mappings(clients.functions, settings)
    bus, own_queues = EventBus(clients.events, settings), OwnSqsQueues(clients.sqs, settings)
    by_type = {
        TriggerType.SCHEDULE: Schedules(clients.scheduler, settings, clock),
        TriggerType.EVENT: bus,
        TriggerType.QUEUE: PolledQueues(clients.sqs, settings, mappings, own_queues, authorizer),
        TriggerType.BUCKET: Buckets(clients.s3, clients.events, settings, authorizer),
        TriggerType.STREAM: PolledStreams(
            clients.kinesis, clients.dynamodb, settings, mappings, authorizer
        ),
        TriggerType.TOPIC: Topics(clients.sns, settings, authorizer),
    }
    return SourcesByType(by_type, bus, own_queues)
