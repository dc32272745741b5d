"""What template.yaml promises, beyond what SAM checks by itself."""

import json
import re
from typing import Any

import cfnlint.api  # type: ignore[import-untyped]
import pytest
from pydantic import BaseModel

from isolambda_core.config import ApiSettings, DispatcherSettings
from isolambda_core.domain import limits
from isolambda_dispatcher.bootstrap import LEASE_S
from isolambda_dispatcher.sources.executions import BATCH

Template = dict[str, Any]
LAMBDAS = ("ApiFunction", "DispatcherFunction", "ExecutorFunction")


def properties(template: Template, logical_id: str) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"][logical_id]["Properties"]
    return found


def variables(translated: Template, function: str) -> dict[str, Any]:
    found: dict[str, Any] = properties(translated, function)["Environment"]["Variables"]
    return found


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
    assert variables(translated, "DispatcherFunction")["DEAD_LETTER_QUEUE_URL"] == {
        "Ref": "ExecutionDeadLetterQueue"
    }


def test_lambda_hands_the_queue_to_the_dispatcher_message_by_message(translated: Template) -> None:
    assert properties(translated, "DispatcherFunctionExecutions") == {
        "EventSourceArn": {"Fn::GetAtt": ["ExecutionQueue", "Arn"]},
        "FunctionName": {"Ref": "DispatcherFunction"},
        "BatchSize": BATCH,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {
            "MaximumConcurrency": {
                "Fn::FindInMap": ["Concurrency", {"Ref": "DispatcherConcurrency"}, "Number"]
            }
        },
    }


def test_every_number_that_a_parameter_may_be_is_in_the_map(template: Template) -> None:
    allowed = template["Parameters"]["DispatcherConcurrency"]["AllowedValues"]

    assert template["Mappings"]["Concurrency"] == {text: {"Number": int(text)} for text in allowed}


@pytest.mark.parametrize("queue", ["ExecutionQueue", "ExecutionDeadLetterQueue"])
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


def test_the_executor_is_told_nothing_about_the_table(translated: Template) -> None:
    assert variables(translated, "ExecutorFunction").keys() == {
        "POWERTOOLS_SERVICE_NAME",
        "POWERTOOLS_METRICS_NAMESPACE",
        "POWERTOOLS_LOG_LEVEL",
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

    assert limits.WALL_TIME_MS_MAX / 1_000 + limits.CALLBACK_S < dispatcher < LEASE_S < hidden


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
    assert memory["MinValue"] * limits.MIB > 10 * BATCH * longest
    assert memory["Default"] >= memory["MinValue"]


def test_every_request_goes_to_the_api_as_it_came(template: Template) -> None:
    integration = properties(template, "HttpApiIntegration")
    routes = [
        resource["Properties"]["RouteKey"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::ApiGatewayV2::Route"
    ]

    assert routes == ["$default"]
    assert integration["IntegrationType"] == "AWS_PROXY"
    assert integration["PayloadFormatVersion"] == "2.0"
    assert integration["IntegrationUri"] == {"Fn::GetAtt": ["ApiFunction", "Arn"]}


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


def test_every_parameter_and_output_says_what_it_is(template: Template) -> None:
    described = {**template["Parameters"], **template["Outputs"]}

    assert [name for name, value in described.items() if not value.get("Description")] == []
