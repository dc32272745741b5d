"""The executor's role can do nothing but write logs and traces.

That user code does not even get hold of it, tests/end_to_end/test_confinement.py shows. ministack
evaluates none of the rights that the role has, to write its own log and to trace.
"""

from tests.stack.rights import NOT_EVALUATED, REFUSED, Call, Role
from tests.stack.stack import Stack


def calls(stack: Stack) -> dict[str, Call]:
    """Return what one could want of the stack, and of the account that it is in."""
    ids, outputs = stack.resources, stack.outputs
    key = {"pk": {"S": "ACCOUNTS"}, "sk": {"S": "x"}}
    table = {"TableName": ids["FunctionsTable"]}
    names = {"ExpressionAttributeNames": {"#pk": "pk"}, "KeyConditionExpression": "#pk = :pk"}
    function = {"FunctionName": ids["ExecutorFunction"]}
    role = f"arn:aws:iam::000000000000:role/{ids['ApiFunctionRole']}"
    own_log = {"logGroupName": ids["ExecutorFunctionLogGroup"], "logStreamName": "x"}
    return {
        "get": ("dynamodb", "get_item", {**table, "Key": key}),
        "put": ("dynamodb", "put_item", {**table, "Item": key}),
        "update": ("dynamodb", "update_item", {**table, "Key": key}),
        "delete": ("dynamodb", "delete_item", {**table, "Key": key}),
        "scan": ("dynamodb", "scan", table),
        "query": (
            "dynamodb",
            "query",
            {**table, **names, "ExpressionAttributeValues": {":pk": {"S": "ACCOUNTS"}}},
        ),
        "tables": ("dynamodb", "list_tables", {}),
        "secret": ("secretsmanager", "get_secret_value", {"SecretId": ids["InstallationSecret"]}),
        "secrets": ("secretsmanager", "list_secrets", {}),
        "send": (
            "sqs",
            "send_message",
            {"QueueUrl": outputs["ExecutionQueueUrl"], "MessageBody": "x"},
        ),
        "receive": ("sqs", "receive_message", {"QueueUrl": outputs["ExecutionQueueUrl"]}),
        "send_to_dlq": (
            "sqs",
            "send_message",
            {"QueueUrl": outputs["ExecutionDeadLetterQueueUrl"], "MessageBody": "x"},
        ),
        **{
            f"invoke {one}": ("lambda", "invoke", {"FunctionName": ids[one], "Payload": "{}"})
            for one in ("ApiFunction", "DispatcherFunction", "ExecutorFunction")
        },
        "configuration": ("lambda", "get_function_configuration", function),
        "code": ("lambda", "get_function", function),
        "functions": ("lambda", "list_functions", {}),
        "buckets": ("s3", "list_buckets", {}),
        "assume": ("sts", "assume_role", {"RoleArn": role, "RoleSessionName": "errand"}),
        "roles": ("iam", "list_roles", {}),
        "stacks": ("cloudformation", "describe_stacks", {}),
        "read own log": ("logs", "get_log_events", own_log),
        "write another's log": (
            "logs",
            "create_log_stream",
            {**own_log, "logGroupName": ids["ApiFunctionLogGroup"]},
        ),
    }


def test_the_executors_role_is_refused_everything(stack: Stack) -> None:
    attempts = calls(stack)

    with Role(stack, "ExecutorFunction").errand() as errand:
        codes = errand.run(**attempts)

    assert {name for name, code in codes.items() if code not in REFUSED} == set()
    assert codes.keys() == attempts.keys()


def test_the_same_calls_are_taken_from_roles_that_may_make_them(stack: Stack) -> None:
    attempts = calls(stack)

    with Role(stack, "ApiFunction").errand() as errand:
        codes = errand.run(**{name: attempts[name] for name in ("get", "secret", "send")})

    assert set(codes.values()) == {"allowed"}


def test_its_rights_are_to_write_its_own_log_and_to_trace(stack: Stack) -> None:
    assert Role(stack, "ExecutorFunction").permissions == NOT_EVALUATED
