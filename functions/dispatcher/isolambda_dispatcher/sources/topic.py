"""Topics of Amazon SNS."""

from aws_lambda_powertools.utilities.data_classes.sns_event import SNSEventRecord

from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.triggers.triggers import TriggerEvent
from isolambda_dispatcher.parsing import (
    reading,
    text,
    unix_ms,
)


@reading("message of a topic")
def read(record: SNSEventRecord) -> TriggerEvent:
    """Return what a function is told of a message.

    Raises:
        UnknownEventError: it is none.
    """
    message = record.sns
    payload: JsonValue = {
        "message_id": text(message.message_id),
        "topic_arn": text(message.topic_arn),
        "subject": message.get("Subject"),
        "message": text(message.message),
        "attributes": {
            name: attribute.value for name, attribute in message.message_attributes.items()
        },
        "time": text(message.timestamp),
    }
    return TriggerEvent(message.message_id, unix_ms(message.timestamp), dump(payload))
