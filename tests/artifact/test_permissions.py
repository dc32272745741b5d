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
    "Sid": "InvokeExecutor",
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
    "SchedulerRole": "scheduler",
    "ApiFunctionRole": "lambda",
    "DispatcherFunctionRole": "lambda",
    "ExecutorFunctionRole": "lambda",
    "ApiDeploymentRole": "codedeploy",
    "DispatcherDeploymentRole": "codedeploy",
    "ExecutorDeploymentRole": "codedeploy",
}

POLICIES = {
    "BindTriggers": (["ApiFunctionRole", "DispatcherFunctionRole"], None),
    "UseEventSources": (["ApiFunctionRole", "DispatcherFunctionRole"], "HasSourceArns"),
    "TakeFromEventSources": (["DispatcherFunctionRole"], "HasSourceArns"),
    "ApiSecretsKeyPolicy": (["ApiFunctionRole"], "HasSecretsKey"),
    "DispatcherSecretsKeyPolicy": (["DispatcherFunctionRole"], "HasSecretsKey"),
}
"""What several roles may do, or only where the operator lets them: the roles, and the condition."""


def in_stack(service: str, resource: str) -> dict[str, str]:
    """Return the ARN of something in the stack's region and AWS account."""
    place = "${AWS::Region}:${AWS::AccountId}"
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:{service}:{place}:{resource}"}


DISPATCHER = in_stack("lambda", "function:${AWS::StackName}-dispatcher:live")
TRIGGER_QUEUES = in_stack("sqs", "${AWS::StackName}-trigger-*")
RULES = [in_stack("events", f"rule/{names}") for names in ("${EventBus}/*", "${AWS::StackName}-*")]
SOURCES = {"Fn::Split": [",", {"Ref": "EventSourceArns"}]}


def write_own_log(function: str) -> dict[str, Any]:
    return {
        "Sid": "WriteOwnLog",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": {"Fn::GetAtt": [f"{function}LogGroup", "Arn"]},
    }


def statements(translated: Template, role: str) -> list[dict[str, Any]]:
    own = translated["Resources"][role]["Properties"]
    policies = own.get("Policies", [own])
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


def test_the_api_may_use_one_table_one_secret_one_lambda_one_bus_and_queues_of_the_stack(
    translated: Template,
) -> None:
    assert statements(translated, "ApiFunctionRole") == [
        {
            "Sid": "ReadAndWriteTable",
            "Effect": "Allow",
            "Action": [
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:ConditionCheckItem",
                "dynamodb:Query",
            ],
            "Resource": {"Fn::GetAtt": ["FunctionsTable", "Arn"]},
        },
        {
            "Sid": "ListRecords",
            "Effect": "Allow",
            "Action": "dynamodb:Query",
            "Resource": {"Fn::Sub": "${FunctionsTable.Arn}/index/records_by_position"},
        },
        READ_SECRET,
        EXECUTE,
        {
            "Sid": "SendToQueues",
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": [
                {"Fn::GetAtt": ["ExecutionQueue", "Arn"]},
                {"Fn::GetAtt": ["ShadowQueue", "Arn"]},
                TRIGGER_QUEUES,
            ],
        },
        {
            "Sid": "PublishEvents",
            "Effect": "Allow",
            "Action": "events:PutEvents",
            "Resource": {"Fn::GetAtt": ["EventBus", "Arn"]},
        },
        write_own_log("ApiFunction"),
        TRACE,
    ]


def test_the_dispatcher_may_keep_records_execute_and_take_from_queues_of_the_stack(
    translated: Template,
) -> None:
    assert statements(translated, "DispatcherFunctionRole") == [
        {
            "Sid": "ReadAndWriteTable",
            "Effect": "Allow",
            "Action": [
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:Query",
                "dynamodb:ConditionCheckItem",
            ],
            "Resource": {"Fn::GetAtt": ["FunctionsTable", "Arn"]},
        },
        READ_SECRET,
        EXECUTE,
        {
            "Sid": "PollQueues",
            "Effect": "Allow",
            "Action": [
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:ChangeMessageVisibility",
                "sqs:GetQueueAttributes",
            ],
            "Resource": [
                {"Fn::GetAtt": ["ExecutionQueue", "Arn"]},
                {"Fn::GetAtt": ["CallbackQueue", "Arn"]},
                {"Fn::GetAtt": ["ShadowQueue", "Arn"]},
                TRIGGER_QUEUES,
            ],
        },
        {
            "Sid": "SendToQueues",
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": [
                {"Fn::GetAtt": ["ExecutionQueue", "Arn"]},
                {"Fn::GetAtt": ["CallbackQueue", "Arn"]},
                {"Fn::GetAtt": ["ShadowQueue", "Arn"]},
            ],
        },
        {
            "Sid": "SendToDeadLetterQueue",
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": {"Fn::GetAtt": ["ExecutionDeadLetterQueue", "Arn"]},
        },
        write_own_log("DispatcherFunction"),
        TRACE,
    ]


def test_a_schedule_may_invoke_the_dispatcher_and_nothing_else(translated: Template) -> None:
    assert statements(translated, "SchedulerRole") == [
        {
            "Sid": "InvokeDispatcher",
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": DISPATCHER,
        },
        {
            "Sid": "SendToDeadLetterQueue",
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": {"Fn::GetAtt": ["ExecutionDeadLetterQueue", "Arn"]},
        },
    ]


def test_who_binds_triggers_may_make_what_invokes_the_dispatcher(translated: Template) -> None:
    assert statements(translated, "BindTriggers") == [
        {
            "Sid": "ManageSchedules",
            "Effect": "Allow",
            "Action": [
                "scheduler:GetSchedule",
                "scheduler:CreateSchedule",
                "scheduler:UpdateSchedule",
                "scheduler:DeleteSchedule",
            ],
            "Resource": in_stack("scheduler", "schedule/${ScheduleGroup}/*"),
        },
        {
            "Sid": "PassRoleToScheduler",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": {"Fn::GetAtt": ["SchedulerRole", "Arn"]},
            "Condition": {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
        },
        {
            "Sid": "ManageRules",
            "Effect": "Allow",
            "Action": [
                "events:PutRule",
                "events:PutTargets",
                "events:RemoveTargets",
                "events:DeleteRule",
            ],
            "Resource": RULES,
        },
        {
            "Sid": "ManageEventSourceMappings",
            "Effect": "Allow",
            "Action": [
                "lambda:CreateEventSourceMapping",
                "lambda:UpdateEventSourceMapping",
                "lambda:DeleteEventSourceMapping",
            ],
            "Resource": "*",
            "Condition": {
                "ArnLike": {
                    "lambda:FunctionArn": [
                        in_stack("lambda", "function:${AWS::StackName}-dispatcher"),
                        DISPATCHER,
                    ]
                }
            },
        },
        {
            "Sid": "ListEventSourceMappings",
            "Effect": "Allow",
            "Action": "lambda:ListEventSourceMappings",
            "Resource": "*",
        },
        {
            "Sid": "ManageTriggerQueues",
            "Effect": "Allow",
            "Action": ["sqs:CreateQueue", "sqs:SetQueueAttributes", "sqs:DeleteQueue"],
            "Resource": TRIGGER_QUEUES,
        },
    ]


def test_of_other_sources_those_may_be_used_that_the_operator_names(translated: Template) -> None:
    assert statements(translated, "UseEventSources") == [
        {
            "Sid": "DescribeEventSources",
            "Effect": "Allow",
            "Action": [
                "sqs:ListQueueTags",
                "sqs:GetQueueAttributes",
                "kinesis:ListTagsForStream",
                "dynamodb:ListTagsOfResource",
                "sns:ListTagsForResource",
                "s3:GetBucketTagging",
                "s3:GetBucketNotification",
            ],
            "Resource": SOURCES,
        },
        {
            "Sid": "Subscribe",
            "Effect": "Allow",
            "Action": "sns:Subscribe",
            "Resource": SOURCES,
            "Condition": {"StringEquals": {"sns:Protocol": "lambda", "sns:Endpoint": DISPATCHER}},
        },
        {"Sid": "Unsubscribe", "Effect": "Allow", "Action": "sns:Unsubscribe", "Resource": "*"},
    ]
    assert statements(translated, "TakeFromEventSources") == [
        {
            "Sid": "PollEventSources",
            "Effect": "Allow",
            "Action": [
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:ChangeMessageVisibility",
                "kinesis:DescribeStream",
                "kinesis:DescribeStreamSummary",
                "kinesis:ListShards",
                "kinesis:GetShardIterator",
                "kinesis:GetRecords",
                "dynamodb:DescribeStream",
                "dynamodb:GetShardIterator",
                "dynamodb:GetRecords",
            ],
            "Resource": SOURCES,
        },
        {
            "Sid": "ListStreams",
            "Effect": "Allow",
            "Action": ["kinesis:ListStreams", "dynamodb:ListStreams"],
            "Resource": "*",
        },
    ]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_is_that_of_these_roles(translated: Template, policy: str) -> None:
    own = translated["Resources"][policy]

    roles, condition = POLICIES[policy]
    assert own["Properties"]["Roles"] == [{"Ref": role} for role in roles]
    assert own.get("Condition") == condition


def test_no_source_is_named_unless_the_operator_names_one(template: Template) -> None:
    assert template["Parameters"]["EventSourceArns"]["Default"] == ""
    assert template["Conditions"]["HasSourceArns"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "EventSourceArns"}, ""]}]
    }


@pytest.mark.parametrize("name", ["Api", "Dispatcher", "Executor"])
def test_a_deployment_may_move_the_alias_of_its_lambda_and_watch_alarms(
    translated: Template, name: str
) -> None:
    assert statements(translated, f"{name}DeploymentRole") == [
        {
            "Sid": "UpdateAlias",
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
            "Sid": "DescribeAlarms",
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
    [statement] = properties["AssumeRolePolicyDocument"]["Statement"]
    of_this_account = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
        **({"Condition": of_this_account} if service == "scheduler" else {}),
    }


def test_there_are_no_other_roles_however_the_stack_is_deployed(
    translated: Template, gradual: Template
) -> None:
    assert of_type(translated, "AWS::IAM::").keys() == ROLES.keys() | POLICIES.keys()
    assert of_type(gradual, "AWS::IAM::") == of_type(translated, "AWS::IAM::")
    for role, service in ROLES.items():
        condition = translated["Resources"][role].get("Condition")
        assert condition == ("HasGradualDeployment" if service == "codedeploy" else None)


def test_every_lambda_takes_on_its_own_role(translated: Template) -> None:
    for logical_id, function in of_type(translated, "AWS::Lambda::Function").items():
        assert function["Role"] == {"Fn::GetAtt": [f"{logical_id}Role", "Arn"]}


def test_this_http_api_may_invoke_the_api_rules_and_topics_the_dispatcher_nothing_the_executor(
    translated: Template,
) -> None:
    def permission(function: str, service: str, source: dict[str, str]) -> dict[str, Any]:
        return {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": f"{function}Aliaslive"},
            "Principal": f"{service}.amazonaws.com",
            "SourceAccount": {"Ref": "AWS::AccountId"},
            "SourceArn": source,
        }

    route = in_stack("execute-api", "${HttpApi}/*/$default")
    assert of_type(translated, "AWS::Lambda::Permission") == {
        "HttpApiPermission": permission("ApiFunction", "apigateway", route),
        "EventBusPermission": permission("DispatcherFunction", "events", RULES[0]),
        "BucketRulesPermission": permission("DispatcherFunction", "events", RULES[1]),
        "TopicsPermission": permission("DispatcherFunction", "sns", in_stack("sns", "*")),
    }


def test_rules_of_the_stack_may_put_to_the_dead_letters_what_they_cannot_deliver(
    translated: Template,
) -> None:
    policies = of_type(translated, "AWS::SQS::QueuePolicy")

    assert policies.keys() == {"ExecutionDeadLetterQueuePolicy"}
    assert policies["ExecutionDeadLetterQueuePolicy"]["PolicyDocument"]["Statement"] == [
        {
            "Sid": "SendToDeadLetterQueue",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": {"Fn::GetAtt": ["ExecutionDeadLetterQueue", "Arn"]},
            "Condition": {"ArnLike": {"aws:SourceArn": RULES}},
        }
    ]
