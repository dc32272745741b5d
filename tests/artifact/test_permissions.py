"""Who may do what: every right in the stack, word for word."""

from typing import Any

import pytest

Template = dict[str, Any]

READ_SECRET = {
    "Sid": "ReadSecret",
    "Effect": "Allow",
    "Action": "secretsmanager:GetSecretValue",
    "Resource": {"Fn::GetAtt": ["InstallationSecret", "Id"]},
}
EXECUTE = {
    "Sid": "Execute",
    "Effect": "Allow",
    "Action": "lambda:InvokeFunction",
    "Resource": {"Ref": "ExecutorFunctionAliaslive"},
}
TRACE = {
    "Sid": "Trace",
    "Effect": "Allow",
    "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    "Resource": "*",
}
ROLES = {
    "ApiFunctionRole": "lambda",
    "DispatcherFunctionRole": "lambda",
    "ExecutorFunctionRole": "lambda",
    "ApiDeploymentRole": "codedeploy",
    "DispatcherDeploymentRole": "codedeploy",
    "ExecutorDeploymentRole": "codedeploy",
}


def write_own_log(function: str) -> dict[str, Any]:
    return {
        "Sid": "WriteOwnLog",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": {"Fn::GetAtt": [f"{function}LogGroup", "Arn"]},
    }


def statements(translated: Template, role: str) -> list[dict[str, Any]]:
    policies = translated["Resources"][role]["Properties"]["Policies"]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def of_type(translated: Template, prefix: str) -> dict[str, dict[str, Any]]:
    return {
        logical_id: resource["Properties"]
        for logical_id, resource in translated["Resources"].items()
        if resource["Type"].startswith(prefix)
    }


def test_the_executor_may_write_its_log_and_its_traces_and_nothing_else(
    translated: Template,
) -> None:
    assert statements(translated, "ExecutorFunctionRole") == [
        write_own_log("ExecutorFunction"),
        TRACE,
    ]


def test_the_api_may_use_one_table_one_secret_one_lambda_and_one_queue(
    translated: Template,
) -> None:
    assert statements(translated, "ApiFunctionRole") == [
        {
            "Sid": "KeepFunctions",
            "Effect": "Allow",
            "Action": [
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:Query",
            ],
            "Resource": {"Fn::GetAtt": ["FunctionsTable", "Arn"]},
        },
        READ_SECRET,
        EXECUTE,
        {
            "Sid": "Queue",
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": {"Fn::GetAtt": ["ExecutionQueue", "Arn"]},
        },
        write_own_log("ApiFunction"),
        TRACE,
    ]


def test_the_dispatcher_may_keep_records_execute_and_take_from_one_queue_into_another(
    translated: Template,
) -> None:
    assert statements(translated, "DispatcherFunctionRole") == [
        {
            "Sid": "KeepRecords",
            "Effect": "Allow",
            "Action": [
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:Query",
            ],
            "Resource": {"Fn::GetAtt": ["FunctionsTable", "Arn"]},
        },
        READ_SECRET,
        EXECUTE,
        {
            "Sid": "TakeFromQueue",
            "Effect": "Allow",
            "Action": [
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:ChangeMessageVisibility",
                "sqs:GetQueueAttributes",
            ],
            "Resource": {"Fn::GetAtt": ["ExecutionQueue", "Arn"]},
        },
        {
            "Sid": "Bury",
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": {"Fn::GetAtt": ["ExecutionDeadLetterQueue", "Arn"]},
        },
        write_own_log("DispatcherFunction"),
        TRACE,
    ]


@pytest.mark.parametrize("name", ["Api", "Dispatcher", "Executor"])
def test_a_deployment_may_move_the_alias_of_its_lambda_and_watch_alarms(
    translated: Template, name: str
) -> None:
    assert statements(translated, f"{name}DeploymentRole") == [
        {
            "Sid": "MoveAlias",
            "Effect": "Allow",
            "Action": [
                "lambda:GetAlias",
                "lambda:GetProvisionedConcurrencyConfig",
                "lambda:UpdateAlias",
            ],
            "Resource": [
                {"Fn::GetAtt": [f"{name}Function", "Arn"]},
                {"Fn::Sub": f"${{{name}Function.Arn}}:*"},
            ],
        },
        {
            "Sid": "WatchAlarms",
            "Effect": "Allow",
            "Action": "cloudwatch:DescribeAlarms",
            "Resource": "*",
        },
    ]


@pytest.mark.parametrize(("role", "service"), ROLES.items())
def test_a_role_has_no_rights_but_these_and_one_service_takes_it_on(
    translated: Template, role: str, service: str
) -> None:
    properties = of_type(translated, "AWS::IAM::")[role]

    assert properties.keys() == {"AssumeRolePolicyDocument", "Policies"}
    assert properties["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ]


def test_there_are_no_other_roles_however_the_stack_is_deployed(
    translated: Template, gradual: Template
) -> None:
    assert of_type(translated, "AWS::IAM::").keys() == ROLES.keys()
    assert of_type(gradual, "AWS::IAM::") == of_type(translated, "AWS::IAM::")
    for role, service in ROLES.items():
        condition = translated["Resources"][role].get("Condition")
        assert condition == ("Gradual" if service == "codedeploy" else None)


def test_every_lambda_takes_on_its_own_role(translated: Template) -> None:
    for logical_id, function in of_type(translated, "AWS::Lambda::Function").items():
        assert function["Role"] == {"Fn::GetAtt": [f"{logical_id}Role", "Arn"]}


def test_this_http_api_may_invoke_the_api_and_nobody_may_invoke_the_executor(
    translated: Template,
) -> None:
    source = "${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/*/$default"

    assert of_type(translated, "AWS::Lambda::Permission") == {
        "HttpApiPermission": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "ApiFunctionAliaslive"},
            "Principal": "apigateway.amazonaws.com",
            "SourceAccount": {"Ref": "AWS::AccountId"},
            "SourceArn": {"Fn::Sub": f"arn:{source}"},
        }
    }
