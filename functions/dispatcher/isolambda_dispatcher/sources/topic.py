"""Triggers of type ``topic``: messages of Amazon SNS."""

from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.triggers.triggers import TriggerEvent
from isolambda_core.domain.triggers.types.record_shape import Record
from isolambda_dispatcher.parsing import reading, text, unix_ms
from isolambda_dispatcher.queued import Pushed


@reading("message of a topic")
def read(record: Record) -> TriggerEvent:
    """Return the event of a message, with what the function gets.

    Raises:
        UnknownEventError: the record is no message.
    """
    message = record["Sns"]
    payload: JsonValue = {
        "message_id": text(message["MessageId"]),
        "topic_arn": text(message["TopicArn"]),
        "subject": message.get("Subject"),
        "message": text(message["Message"]),
        "attributes": {
            name: attribute["Value"] for name, attribute in message["MessageAttributes"].items()
        },
        "time": text(message["Timestamp"]),
    }
    return TriggerEvent(message["MessageId"], unix_ms(message["Timestamp"]), dump(payload))


SOURCE = Pushed(read)
