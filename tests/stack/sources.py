"""Queues, streams, topics and buckets on the local AWS, each tagged for an account."""

from dataclasses import dataclass
from typing import Any, cast

from isolambda_core.adapters.event_sources import Clients
from isolambda_core.adapters.event_sources.source_authorizer import TAG
from isolambda_core.config import SourceSettings
from tests.stack.local_aws import REGION
from tests.stack.stack import AWS_ACCOUNT, NAME, SOURCES, Stack


@dataclass(frozen=True)
class Sources:
    """What an account owns besides its functions; everything is called ``name``."""

    stack: Stack
    account_id: str

    @property
    def name(self) -> str:
        return f"{SOURCES}{self.account_id}"

    @property
    def clients(self) -> Clients:
        """Clients of the owner of the AWS account."""
        return Clients.made_by(self.stack.aws.client)

    @property
    def settings(self) -> SourceSettings:
        """The settings of the Lambdas of the stack."""
        outputs = self.stack.outputs
        return SourceSettings.model_validate(
            {
                "STACK_NAME": NAME,
                "EVENT_BUS_NAME": outputs["EventBusName"],
                "SCHEDULE_GROUP": outputs["ScheduleGroupName"],
                "SCHEDULER_ROLE_ARN": outputs["SchedulerRoleArn"],
                "DISPATCHER_ARN": outputs["DispatcherArn"],
                "DEAD_LETTER_QUEUE_ARN": outputs["ExecutionDeadLetterQueueArn"],
                "QUEUE_URL": outputs["ExecutionQueueUrl"],
            }
        )

    def queue(self, *, fifo: bool = False) -> str:
        """Make a queue, and return its ARN."""
        name = f"{self.name}.fifo" if fifo else self.name
        attributes: Any = {"VisibilityTimeout": "60"} | ({"FifoQueue": "true"} if fifo else {})
        self.clients.sqs.create_queue(
            QueueName=name, Attributes=attributes, tags={TAG: self.account_id}
        )
        return f"arn:aws:sqs:{REGION}:{AWS_ACCOUNT}:{name}"

    def topic(self) -> str:
        """Make a topic, and return its ARN."""
        tags: Any = self._listed
        return self.clients.sns.create_topic(Name=self.name, Tags=tags)["TopicArn"]

    def bucket(self) -> str:
        """Make a bucket that notifies EventBridge, and return its name."""
        s3, tags = self.clients.s3, cast("Any", {"TagSet": self._listed})
        s3.create_bucket(Bucket=self.name)
        s3.put_bucket_tagging(Bucket=self.name, Tagging=tags)
        s3.put_bucket_notification_configuration(
            Bucket=self.name, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        return self.name

    def stream(self) -> str:
        """Make a stream of Kinesis, and return its ARN."""
        kinesis = self.clients.kinesis
        kinesis.create_stream(StreamName=self.name, ShardCount=1)
        kinesis.add_tags_to_stream(StreamName=self.name, Tags={TAG: self.account_id})
        return f"arn:aws:kinesis:{REGION}:{AWS_ACCOUNT}:stream/{self.name}"

    def table(self) -> str:
        """Make a table, and return the ARN of its stream."""
        tags: Any = self._listed
        made = self.clients.dynamodb.create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
            Tags=tags,
        )
        return made["TableDescription"]["LatestStreamArn"]

    @property
    def _listed(self) -> list[dict[str, str]]:
        return [{"Key": TAG, "Value": self.account_id}]
