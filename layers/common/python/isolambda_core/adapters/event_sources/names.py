"""Names and ARNs of what is made for a trigger; they follow from the stack's name and its id."""

from isolambda_core.adapters.aws.sqs_queue import url_of
from isolambda_core.config import SourceSettings


def rule_name(settings: SourceSettings, trigger_id: str) -> str:
    """Return the name of a trigger's rule, on any bus."""
    return f"{settings.stack_name}-{trigger_id}"


def queue_arn(settings: SourceSettings, trigger_id: str) -> str:
    """Return the ARN of the queue that is made for a trigger."""
    partition, region, account = place_of(settings.dispatcher_arn)
    name = f"{settings.stack_name}-trigger-{trigger_id}"
    return f"arn:{partition}:sqs:{region}:{account}:{name}"


def queue_url(settings: SourceSettings, arn: str) -> str:
    """Return the URL of a queue in the stack's region and AWS account."""
    return url_of(arn, settings.queue_url)


def place_of(arn: str) -> tuple[str, str, str]:
    """Return the partition, the region and the AWS account of an ARN."""
    _, partition, _, region, account, _ = arn.split(":", 5)
    return partition, region, account


def service_of(arn: str) -> str:
    """Return the service of an ARN, such as ``sqs``."""
    return arn.split(":", 3)[2]


def name_of(arn: str) -> str:
    """Return the name of the queue, the topic, the table or the stream that an ARN is of."""
    resource = arn.split(":", 5)[5]
    return resource.removeprefix("table/").removeprefix("stream/")
