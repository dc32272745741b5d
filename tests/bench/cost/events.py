"""Events as AWS makes them, and what it writes to the access log."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

EXECUTIONS, CALLBACKS, SHADOWS = "executions", "callbacks", "shadows"
QUEUE_ARNS = {
    name: f"arn:aws:sqs:us-east-1:123456789012:{name}" for name in (EXECUTIONS, CALLBACKS, SHADOWS)
}


def request(
    verb: str, url: str, body: str | None, address: str, headers: Mapping[str, str]
) -> dict[str, Any]:
    """Return an event of an HTTP API (payload format 2.0)."""
    split = urlsplit(url)
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": split.path,
        "rawQueryString": split.query,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "requestContext": {
            "http": {
                "method": verb,
                "path": split.path,
                "protocol": "HTTP/1.1",
                "sourceIp": address,
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "stage": "$default",
        },
        "body": body,
        "isBase64Encoded": False,
    }


def message_of(message: Any, queue: str = EXECUTIONS) -> dict[str, Any]:
    """Return a record of an event of SQS, for a message that was received."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE_ARNS[queue],
    }


def access_log_line(form: str, event: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """Return a line of the access log, each variable as long as AWS writes it."""
    http = event["requestContext"]["http"]
    known = {
        "requestTimeEpoch": "1700000000000",
        "requestId": event["requestContext"]["requestId"],
        "identity.sourceIp": http["sourceIp"],
        "httpMethod": http["method"],
        "path": http["path"],
        "responseLength": str(len(answer["body"])),
    }
    return re.sub(
        r"\$context\.([A-Za-z.]*[A-Za-z])", lambda found: known.get(found[1], "200"), form
    )
