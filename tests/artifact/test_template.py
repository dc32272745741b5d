"""What template.yaml promises, beyond what SAM checks by itself."""

import json
import re
from typing import Any

import cfnlint.api  # type: ignore[import-untyped]
import pytest
from pydantic import BaseModel

from isolambda_core.adapters.event_sources.source_authorizer import DISPATCHER_S
from isolambda_core.config import ApiSettings, DispatcherSettings
from isolambda_core.domain import limits
from isolambda_core.domain.executions.execution import Outcome
from isolambda_dispatcher.batches import NEEDED_MS, THREADS
from isolambda_dispatcher.bootstrap import LEASE_S
from tests.support.tables import INDEX

Template = dict[str, Any]
_OF_NO_VERSION = ("DeploymentPreference", "Events", "ReservedConcurrentExecutions")
"""What holds for a Lambda, whichever of its versions is invoked."""
KEY_ARN = {
    "Fn::Sub": "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${SecretsKeyId}"
}
LAMBDAS = ("ApiFunction", "DispatcherFunction", "ExecutorFunction")


def properties(template: Template, logical_id: str) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"][logical_id]["Properties"]
    return found


def variables(translated: Template, function: str) -> dict[str, Any]:
    found: dict[str, Any] = properties(translated, function)["Environment"]["Variables"]
    return found


def alarms(template: Template) -> dict[str, dict[str, Any]]:
    return {
        logical_id: resource["Properties"]
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


def dimensions(alarm: dict[str, Any]) -> list[str]:
    """Return what an alarm looks at: names of resources, or words."""

    def name(value: Any) -> str:
        if isinstance(value, str):
            return value
        return str(value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0])

    return [name(dimension["Value"]) for dimension in alarm["Dimensions"]]


def test_cloudformation_finds_nothing_wrong_with_the_translated_template(
    translated: Template,
) -> None:
    # Linting the SAM template is not enough: it lets a runtime through that does not exist.
    assert [str(match) for match in cfnlint.api.lint(json.dumps(translated))] == []


def test_the_linter_would_find_a_runtime_that_does_not_exist(translated: Template) -> None:
    wrong = json.dumps(translated).replace("python3.13", "python3.99")

    assert {match.rule.id for match in cfnlint.api.lint(wrong)} == {"E3030"}


def test_the_template_has_these_lambdas_and_no_other(translated: Template) -> None:
    found = {
        logical_id
        for logical_id, resource in translated["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function"
    }

    assert found == set(LAMBDAS)


def test_the_table_outlives_the_stack_and_any_replacement(template: Template) -> None:
    table = template["Resources"]["FunctionsTable"]

    assert table["DeletionPolicy"] == "Retain"
    assert table["UpdateReplacePolicy"] == "Retain"


def test_the_table_can_be_restored_is_encrypted_and_forgets_what_expired(
    template: Template,
) -> None:
    table = properties(template, "FunctionsTable")

    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_the_table_is_paid_by_request_and_keyed_by_pk_and_sk(template: Template) -> None:
    table = properties(template, "FunctionsTable")

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]
    assert {item["AttributeType"] for item in table["AttributeDefinitions"]} == {"S"}


def test_the_table_has_the_index_that_tests_have(template: Template) -> None:
    table = properties(template, "FunctionsTable")

    assert table["GlobalSecondaryIndexes"] == [INDEX]


@pytest.mark.parametrize("function", LAMBDAS)
def test_a_lambda_logs_into_its_own_group_for_a_time(template: Template, function: str) -> None:
    logging = properties(template, function)["LoggingConfig"]

    assert logging == {"LogGroup": {"Ref": f"{function}LogGroup"}}
    assert properties(template, f"{function}LogGroup")["RetentionInDays"] == {
        "Ref": "LogRetentionDays"
    }


@pytest.mark.parametrize("function", LAMBDAS)
def test_a_lambda_is_traced_and_runs_where_its_packages_were_built_for(
    translated: Template, function: str
) -> None:
    assert properties(translated, function)["TracingConfig"] == {"Mode": "Active"}
    assert properties(translated, function)["Runtime"] == "python3.13"
    assert properties(translated, function)["Architectures"] == [{"Ref": "Architecture"}]


def test_the_executor_gets_v8_and_the_others_get_the_shared_code(template: Template) -> None:
    assert properties(template, "ApiFunction")["Layers"] == [{"Ref": "CommonLayer"}]
    assert properties(template, "DispatcherFunction")["Layers"] == [{"Ref": "CommonLayer"}]
    assert properties(template, "ExecutorFunction")["Layers"] == [{"Ref": "V8Layer"}]


@pytest.mark.parametrize("name", [*LAMBDAS, "CommonLayer", "V8Layer"])
def test_everything_is_built_for_the_architecture_of_the_parameter(
    template: Template, name: str
) -> None:
    metadata = template["Resources"][name]["Metadata"]

    assert metadata["BuildMethod"] == "makefile"
    assert metadata["WorkingDirectory"] == {"Fn::Sub": "infra/build/${Architecture}"}


@pytest.mark.parametrize(
    ("function", "settings"),
    [("ApiFunction", ApiSettings), ("DispatcherFunction", DispatcherSettings)],
)
def test_a_lambda_finds_every_setting_in_its_environment(
    translated: Template, function: str, settings: type[BaseModel]
) -> None:
    names = {str(field.validation_alias) for field in settings.model_fields.values()}

    assert names <= variables(translated, function).keys()


def test_the_api_sends_to_the_queue_that_the_dispatcher_takes_from(translated: Template) -> None:
    queue = {"Ref": "ExecutionQueue"}

    assert variables(translated, "ApiFunction")["QUEUE_URL"] == queue
    assert variables(translated, "DispatcherFunction")["QUEUE_URL"] == queue
    assert variables(translated, "DispatcherFunction")["CALLBACK_QUEUE_URL"] == {
        "Ref": "CallbackQueue"
    }
    assert variables(translated, "DispatcherFunction")["DEAD_LETTER_QUEUE_URL"] == {
        "Ref": "ExecutionDeadLetterQueue"
    }


@pytest.mark.parametrize("function", ["ApiFunction", "DispatcherFunction"])
def test_what_triggers_are_bound_to_is_the_stacks_own_and_invokes_the_dispatchers_alias(
    translated: Template, function: str
) -> None:
    settings = variables(translated, function)
    name = properties(translated, "DispatcherFunction")["FunctionName"]["Fn::Sub"]

    assert settings["STACK_NAME"] == {"Ref": "AWS::StackName"}
    assert settings["EVENT_BUS_NAME"] == {"Ref": "EventBus"}
    assert settings["SCHEDULE_GROUP"] == {"Ref": "ScheduleGroup"}
    assert settings["SCHEDULER_ROLE_ARN"] == {"Fn::GetAtt": ["SchedulerRole", "Arn"]}
    assert settings["DEAD_LETTER_QUEUE_ARN"] == {"Fn::GetAtt": ["ExecutionDeadLetterQueue", "Arn"]}
    assert settings["DISPATCHER_ARN"]["Fn::Sub"].endswith(f":function:{name}:live")
    assert properties(translated, "DispatcherFunctionAliaslive")["Name"] == "live"


def test_what_the_dispatcher_was_sent_in_vain_is_tried_twice_more_and_kept(
    translated: Template,
) -> None:
    [invoked] = [
        resource["Properties"]
        for resource in translated["Resources"].values()
        if resource["Type"] == "AWS::Lambda::EventInvokeConfig"
    ]

    assert invoked["FunctionName"] == {"Ref": "DispatcherFunction"}
    assert "live" in json.dumps(invoked["Qualifier"])
    assert invoked["MaximumRetryAttempts"] == 2
    assert invoked["DestinationConfig"]["OnFailure"]["Destination"] == {
        "Fn::GetAtt": ["ExecutionDeadLetterQueue", "Arn"]
    }


def test_lambda_waits_for_the_dispatcher_no_longer_than_a_queue_hides_its_messages(
    template: Template,
) -> None:
    assert properties(template, "DispatcherFunction")["Timeout"] == DISPATCHER_S


def test_lambda_hands_the_queue_to_the_dispatcher_message_by_message(translated: Template) -> None:
    assert properties(translated, "DispatcherFunctionExecutions") == {
        "EventSourceArn": {"Fn::GetAtt": ["ExecutionQueue", "Arn"]},
        "FunctionName": {"Ref": "DispatcherFunctionAliaslive"},
        "BatchSize": THREADS,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {
            "MaximumConcurrency": {
                "Fn::FindInMap": ["Concurrency", {"Ref": "DispatcherConcurrency"}, "Number"]
            }
        },
    }


def test_callbacks_have_consumers_of_their_own(translated: Template) -> None:
    executions = properties(translated, "DispatcherFunctionExecutions")

    assert properties(translated, "DispatcherFunctionCallbacks") == {
        **executions,
        "EventSourceArn": {"Fn::GetAtt": ["CallbackQueue", "Arn"]},
        "ScalingConfig": {"MaximumConcurrency": 5},
    }
    assert properties(translated, "CallbackQueue") == properties(translated, "ExecutionQueue")


def test_shadows_have_two_consumers_of_their_own_and_what_is_behind_is_forgotten(
    translated: Template,
) -> None:
    queue = properties(translated, "ShadowQueue")

    assert properties(translated, "DispatcherFunctionShadows") == {
        **properties(translated, "DispatcherFunctionExecutions"),
        "EventSourceArn": {"Fn::GetAtt": ["ShadowQueue", "Arn"]},
        "BatchSize": 1,
        "ScalingConfig": {"MaximumConcurrency": 2},
    }
    for name in ("ApiFunction", "DispatcherFunction"):
        assert variables(translated, name)["SHADOW_QUEUE_URL"] == {"Ref": "ShadowQueue"}
    assert queue["MessageRetentionPeriod"] > limits.SHADOW_WAITS_S
    assert queue["MessageRetentionPeriod"] <= 300
    assert "RedrivePolicy" not in queue


def test_a_shadow_ends_before_the_dispatcher_does(template: Template) -> None:
    longest_s = limits.SHADOW_S + limits.REPLAY_WALL_TIME_MS / 1_000

    assert longest_s < NEEDED_MS / 1_000
    assert properties(template, "ShadowQueue")["SqsManagedSseEnabled"] is True
    hidden = properties(template, "ShadowQueue")["VisibilityTimeout"]
    assert properties(template, "DispatcherFunction")["Timeout"] < hidden


def test_the_executor_has_as_many_environments_as_a_parameter_says_or_what_is_left(
    translated: Template,
) -> None:
    assert properties(translated, "ExecutorFunction")["ReservedConcurrentExecutions"] == {
        "Fn::If": [
            "HasExecutorConcurrency",
            {"Ref": "ExecutorConcurrency"},
            {"Ref": "AWS::NoValue"},
        ]
    }
    assert translated["Parameters"]["ExecutorConcurrency"]["Default"] == ""
    assert translated["Conditions"]["HasExecutorConcurrency"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "ExecutorConcurrency"}, ""]}]
    }


def test_no_other_lambda_keeps_an_environment_from_the_executor(translated: Template) -> None:
    assert [
        name for name in LAMBDAS if "ReservedConcurrentExecutions" in properties(translated, name)
    ] == ["ExecutorFunction"]


def test_every_number_that_a_parameter_may_be_is_in_the_map(template: Template) -> None:
    allowed = template["Parameters"]["DispatcherConcurrency"]["AllowedValues"]

    assert template["Mappings"]["Concurrency"] == {text: {"Number": int(text)} for text in allowed}


@pytest.mark.parametrize("queue", ["ExecutionQueue", "CallbackQueue", "ExecutionDeadLetterQueue"])
def test_a_queue_is_encrypted_and_keeps_a_message_longer_than_an_execution_waits(
    template: Template, queue: str
) -> None:
    assert properties(template, queue)["SqsManagedSseEnabled"] is True
    assert properties(template, queue)["MessageRetentionPeriod"] > limits.QUEUED_S


def test_a_message_that_never_ends_comes_to_rest_among_the_dead(template: Template) -> None:
    assert properties(template, "ExecutionQueue")["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["ExecutionDeadLetterQueue", "Arn"]},
        "maxReceiveCount": 1000,
    }


def test_the_executor_knows_nothing_about_the_table(translated: Template) -> None:
    assert variables(translated, "ExecutorFunction").keys() == {
        "POWERTOOLS_SERVICE_NAME",
        "POWERTOOLS_METRICS_NAMESPACE",
        "POWERTOOLS_LOG_LEVEL",
        "POWERTOOLS_LOGGER_SAMPLE_RATE",
        "UNCONFINED",
        "NET_ALLOW",
    }


def test_everybody_waits_longer_than_the_one_they_wait_for(template: Template) -> None:
    api = properties(template, "ApiFunction")["Timeout"]
    gateway_ms = properties(template, "HttpApiIntegration")["TimeoutInMillis"]

    assert limits.WALL_TIME_MS_MAX < api * 1_000 < gateway_ms
    assert properties(template, "ExecutorFunction")["Timeout"] * 1_000 > limits.WALL_TIME_MS_MAX


def test_an_attempt_is_believed_over_and_its_message_comes_again_after_the_dispatcher_has_ended(
    template: Template,
) -> None:
    dispatcher = properties(template, "DispatcherFunction")["Timeout"]
    hidden = properties(template, "ExecutionQueue")["VisibilityTimeout"]

    longest_s = max(limits.WALL_TIME_MS_MAX / 1_000, limits.CALLBACK_S)

    assert longest_s < NEEDED_MS / 1_000 < dispatcher < LEASE_S < hidden


def test_the_executor_has_room_for_the_largest_budget_twice(template: Template) -> None:
    memory = template["Parameters"]["ExecutorMemoryMb"]

    assert properties(template, "ExecutorFunction")["MemorySize"] == {"Ref": "ExecutorMemoryMb"}
    assert memory["MinValue"] >= 2 * limits.MEMORY_MB_MAX
    assert memory["Default"] >= memory["MinValue"]


def test_the_dispatcher_has_room_for_a_batch_of_the_largest_inputs_and_results(
    template: Template,
) -> None:
    # Measured: each takes up to six times its length, as text, as JSON, deflated and on the wire.
    memory = template["Parameters"]["DispatcherMemoryMb"]
    longest = limits.PAYLOAD_BYTES + limits.DEFAULT_LIMITS.result_bytes

    assert properties(template, "DispatcherFunction")["MemorySize"] == {"Ref": "DispatcherMemoryMb"}
    assert memory["MinValue"] * limits.MIB > 10 * THREADS * longest
    assert memory["Default"] >= memory["MinValue"]


def test_every_request_goes_to_the_api_as_it_came(template: Template, translated: Template) -> None:
    integration = properties(translated, "HttpApiIntegration")
    routes = [
        resource["Properties"]["RouteKey"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::ApiGatewayV2::Route"
    ]

    assert routes == ["$default"]
    assert integration["IntegrationType"] == "AWS_PROXY"
    assert integration["PayloadFormatVersion"] == "2.0"
    assert integration["IntegrationUri"] == {"Ref": "ApiFunctionAliaslive"}


def test_the_stage_lets_through_so_many_requests_and_no_more(template: Template) -> None:
    assert properties(template, "HttpApiStage")["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": {"Ref": "RequestsPerSecond"},
        "ThrottlingBurstLimit": {"Ref": "RequestBurst"},
    }


def test_the_access_log_is_json_and_holds_no_header_and_no_query_string(
    template: Template,
) -> None:
    line = properties(template, "HttpApiStage")["AccessLogSettings"]["Format"]

    assert set(json.loads(line)) >= {"request_id", "method", "path", "status", "latency_ms"}
    assert set(re.findall(r"\$context\.([\w.]+)", line)) == {
        "requestTimeEpoch",
        "requestId",
        "identity.sourceIp",
        "httpMethod",
        "path",
        "status",
        "responseLength",
        "responseLatency",
        "integrationLatency",
        "integrationStatus",
    }


@pytest.mark.parametrize("function", LAMBDAS)
def test_a_lambda_is_published_and_its_alias_points_to_that_version(
    translated: Template, function: str
) -> None:
    alias = properties(translated, f"{function}Aliaslive")
    [version] = [
        logical_id
        for logical_id, resource in translated["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Version"
        and resource["Properties"]["FunctionName"] == {"Ref": function}
    ]

    assert alias["FunctionName"] == {"Ref": function}
    assert alias["FunctionVersion"] == {"Fn::GetAtt": [version, "Version"]}
    assert translated["Resources"][version]["DeletionPolicy"] == "Delete"


@pytest.mark.parametrize("function", ["ApiFunction", "DispatcherFunction"])
def test_it_is_the_executors_alias_that_is_invoked(translated: Template, function: str) -> None:
    assert variables(translated, function)["EXECUTOR_FUNCTION_NAME"] == {
        "Ref": "ExecutorFunctionAliaslive"
    }


@pytest.mark.parametrize("function", LAMBDAS)
def test_a_version_is_described_by_the_parameters_that_its_lambda_is_made_of(
    template: Template, function: str
) -> None:
    # SAM makes a new version for a new property and CloudFormation for a new description; without
    # the latter a change of a parameter would have no effect.
    own = properties(template, function)
    described = own["VersionDescription"]["Fn::Sub"]
    made_of = json.dumps(
        {**own, **dict.fromkeys(("VersionDescription", *_OF_NO_VERSION), "")}
    ) + json.dumps(template["Globals"]["Function"])
    conditions = {name: json.dumps(text) for name, text in template["Conditions"].items()}
    made_of += "".join(text for name, text in conditions.items() if f'"{name}"' in made_of)

    assert set(re.findall(r"\${(\w+)}", described)) == {
        name for name in template["Parameters"] if f'{{"Ref": "{name}"}}' in made_of
    }


@pytest.mark.parametrize("layer", ["CommonLayer", "V8Layer"])
def test_a_new_layer_makes_a_new_version_of_the_lambdas_that_have_it(
    template: Template, layer: str
) -> None:
    assert properties(template, layer)["PublishLambdaVersion"] is True
    for function in LAMBDAS:
        assert properties(template, function)["AutoPublishAliasAllProperties"] is True


def test_no_description_of_a_version_is_longer_than_lambda_takes(template: Template) -> None:
    def longest(name: str) -> int:
        parameter = template["Parameters"][name]
        if "AllowedValues" in parameter:
            return max(len(str(value)) for value in parameter["AllowedValues"])
        if name == "SecretsKeyId":
            return len("mrk-") + 32
        return int(parameter.get("MaxLength") or len(str(parameter["MaxValue"])))

    for function in LAMBDAS:
        text = properties(template, function)["VersionDescription"]["Fn::Sub"]
        named = re.findall(r"\${(\w+)}", text)
        assert len(re.sub(r"\${\w+}", "", text)) + sum(map(longest, named)) <= 256


def test_the_key_of_secrets_is_for_the_api_and_to_open_for_the_dispatcher_and_for_none_else(
    template: Template,
) -> None:
    allowed = {}
    for resource in template["Resources"].values():
        own = resource.get("Properties", {})
        policies = [own, *own.get("Policies", [])] if "IAM" in resource["Type"] else []
        for policy in policies:
            for statement in policy.get("PolicyDocument", {}).get("Statement", []):
                if "kms:" in json.dumps(statement):
                    [role] = own["Roles"]
                    assert resource["Condition"] == "HasSecretsKey"
                    assert statement["Resource"] == KEY_ARN
                    allowed[role["Ref"]] = statement["Action"]

    assert allowed == {
        "ApiFunctionRole": ["kms:GenerateDataKey", "kms:Decrypt"],
        "DispatcherFunctionRole": "kms:Decrypt",
    }


def test_a_version_takes_over_at_once_unless_it_is_to_do_so_gradually(
    translated: Template, gradual: Template
) -> None:
    for function in LAMBDAS:
        alias = f"{function}Aliaslive"
        assert "UpdatePolicy" not in translated["Resources"][alias]
        assert gradual["Resources"][alias]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"][
            "DeploymentGroupName"
        ] == {"Ref": f"{function}DeploymentGroup"}
        group = properties(gradual, f"{function}DeploymentGroup")
        assert "Canary10Percent5Minutes" in json.dumps(group["DeploymentConfigName"])
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        assert {"Name": {"Ref": f"{function.removesuffix('Function')}Errors"}} in group[
            "AlarmConfiguration"
        ]["Alarms"]


def test_cloudformation_finds_nothing_wrong_with_a_gradual_deployment(gradual: Template) -> None:
    found = cfnlint.api.lint(json.dumps(gradual))

    # Each role is one side of an If, whose other side is then out of reach.
    assert [str(match) for match in found if match.rule.id != "W1028"] == []


def test_tenants_have_environments_of_their_own_where_both_sides_know_of_it(
    template: Template, translated: Template
) -> None:
    assert properties(template, "ExecutorFunction")["TenancyConfig"] == {
        "Fn::If": [
            "HasTenantIsolation",
            {"TenantIsolationMode": "PER_TENANT"},
            {"Ref": "AWS::NoValue"},
        ]
    }
    assert template["Conditions"]["HasTenantIsolation"] == {
        "Fn::Equals": [{"Ref": "TenantIsolation"}, "true"]
    }
    for function in ("ApiFunction", "DispatcherFunction"):
        assert variables(translated, function)["TENANT_ISOLATION"] == {"Ref": "TenantIsolation"}


def test_the_api_alone_starts_from_a_snapshot(template: Template) -> None:
    assert [name for name in LAMBDAS if "SnapStart" in properties(template, name)] == [
        "ApiFunction"
    ]


def test_a_domain_is_there_only_for_who_names_one(template: Template) -> None:
    resources = template["Resources"]

    for name in ("HttpApiDomain", "HttpApiMapping"):
        assert resources[name]["Condition"] == "HasCustomDomain"
    assert properties(template, "HttpApiDomain")["DomainNameConfigurations"] == [
        {
            "CertificateArn": {"Ref": "CertificateArn"},
            "EndpointType": "REGIONAL",
            "SecurityPolicy": "TLS_1_2",
        }
    ]


def test_there_is_an_alarm_for_everything_that_is_ours_to_mend(template: Template) -> None:
    watched = {
        (alarm["Namespace"], alarm["MetricName"], *dimensions(alarm))
        for alarm in alarms(template).values()
        if isinstance(alarm["Namespace"], str)
    }

    table, queue, dead = "FunctionsTable", "ExecutionQueue", "ExecutionDeadLetterQueue"
    assert watched == {
        *[("AWS/Lambda", metric, name) for metric in ("Errors", "Throttles") for name in LAMBDAS],
        ("AWS/ApiGateway", "5xx", "HttpApi"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", dead),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage", queue),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage", "CallbackQueue"),
        ("AWS/DynamoDB", "ReadThrottleEvents", table),
        ("AWS/DynamoDB", "WriteThrottleEvents", table),
        ("AWS/DynamoDB", "SystemErrors", table, "GetItem"),
        ("AWS/DynamoDB", "SystemErrors", table, "UpdateItem"),
    }


def test_there_is_an_alarm_for_workers_that_crash(template: Template, translated: Template) -> None:
    alarm = alarms(template)["InternalErrors"]
    settings = variables(translated, "ExecutorFunction")

    assert (
        alarm["Namespace"] == settings["POWERTOOLS_METRICS_NAMESPACE"] == {"Ref": "AWS::StackName"}
    )
    assert dimensions(alarm) == [settings["POWERTOOLS_SERVICE_NAME"], Outcome.INTERNAL_ERROR]


def test_there_is_an_alarm_for_triggers_that_were_disabled(
    template: Template, translated: Template
) -> None:
    alarm = alarms(template)["TriggersDisabled"]
    settings = variables(translated, "DispatcherFunction")

    assert (
        alarm["Namespace"] == settings["POWERTOOLS_METRICS_NAMESPACE"] == {"Ref": "AWS::StackName"}
    )
    assert alarm["MetricName"] == "DisabledTriggers"
    assert dimensions(alarm) == [settings["POWERTOOLS_SERVICE_NAME"]]


def test_an_alarm_notifies_the_address_where_there_is_one(template: Template) -> None:
    settings = {"Fn::If": ["HasAlarmEmail", [{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"}]}

    assert template["Resources"]["AlarmTopic"]["Condition"] == "HasAlarmEmail"
    for alarm in alarms(template).values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == settings
        assert alarm["TreatMissingData"] == "notBreaching"


def test_a_message_is_not_old_before_its_last_attempt_and_its_last_callback(
    template: Template,
) -> None:
    pauses = sum(limits.RETRY_AFTER_S * 2**n for n in range(limits.ATTEMPTS_MAX - 1))
    between_callbacks = sum(
        limits.CALLBACK_RETRY_AFTER_S * 5**n for n in range(limits.CALLBACK_ATTEMPTS - 1)
    )
    executions = limits.ATTEMPTS_MAX * limits.WALL_TIME_MS_MAX / 1_000
    callbacks = limits.CALLBACK_ATTEMPTS * limits.CALLBACK_S

    assert pauses + executions < alarms(template)["OldMessages"]["Threshold"]
    assert between_callbacks + callbacks < alarms(template)["OldCallbacks"]["Threshold"]


def test_the_dashboard_shows_every_outcome_and_every_lambda(template: Template) -> None:
    body = properties(template, "Dashboard")["DashboardBody"]["Fn::Sub"]
    widgets = json.loads(body)["widgets"]
    shown = json.dumps(widgets)

    assert [outcome for outcome in Outcome if f'"{outcome}"' not in shown] == []
    assert [name for name in LAMBDAS if f'"${{{name}}}"' not in shown] == []
    corners = {(widget["x"], widget["y"]) for widget in widgets}
    assert len(corners) == len(widgets)


def test_every_parameter_is_asked_for_in_its_group(template: Template) -> None:
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    asked = [name for group in groups for name in group["Parameters"]]

    assert sorted(asked) == sorted(template["Parameters"])


def test_every_parameter_and_output_says_what_it_is(template: Template) -> None:
    described = {**template["Parameters"], **template["Outputs"]}

    assert [name for name, value in described.items() if not value.get("Description")] == []


def test_operators_find_the_table_and_the_secret_by_these_outputs(template: Template) -> None:
    assert template["Outputs"]["FunctionsTableName"]["Value"] == {"Ref": "FunctionsTable"}
    assert template["Outputs"]["InstallationSecretArn"]["Value"] == {
        "Fn::GetAtt": ["InstallationSecret", "Id"]
    }
