"""A built Lambda as Lambda lays it out: its folders, and the variables it is started with."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Template = dict[str, Any]

_LAMBDAS_OWN = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
    "AWS_LAMBDA_FUNCTION_NAME": "artifact",
    "AWS_REGION": "us-east-1",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_SESSION_TOKEN": "none",
    "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
    "LANG": "en_US.UTF-8",
    "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/task/lib:/opt/lib",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "TZ": ":UTC",
    "_X_AMZN_TRACE_ID": "Root=1-00000000-000000000000000000000000;Sampled=0",
}
_PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "artifact",
}
_NO_AWS = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
"""Nothing listens there: no test of what was built reaches for AWS."""

_API_URL = {"Fn::GetAtt": ["HttpApi", "ApiEndpoint"]}


@dataclass(frozen=True)
class Layout:
    """``task`` stands for /var/task, and ``opt`` for what the layers make of /opt."""

    task: Path
    opt: Path
    handler: str
    environment: dict[str, str]


def lay_out(function: str, build: Path, template: Template, folder: Path) -> Layout:
    """Copy a built Lambda and its layers into a folder, far from the checkout."""
    resource = template["Resources"][function]["Properties"]
    task, opt = folder / "task", folder / "opt"
    shutil.copytree(build / resource["CodeUri"], task)
    for layer in resource["Layers"]:
        content = template["Resources"][layer["Ref"]]["Properties"]["ContentUri"]
        shutil.copytree(build / content, opt, dirs_exist_ok=True)
    environment = {
        **_LAMBDAS_OWN,
        **_NO_AWS,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(resource["Timeout"]),
        "LAMBDA_TASK_ROOT": str(task),
        **_variables(template, resource),
    }
    return Layout(task, opt, resource["Handler"], environment)


def _variables(template: Template, resource: Template) -> dict[str, str]:
    """Return the variables that the template sets; what a deployment fills in gets a stand-in."""
    parameters = template["Parameters"]

    def fill(value: Any) -> str:
        if isinstance(value, str):
            return value
        if "Fn::Sub" in value:
            return re.sub(r"\$\{([^}]+)\}", lambda found: _PSEUDO[found[1]], value["Fn::Sub"])
        if "Fn::If" in value:  # on a parameter that is not set
            return fill(value["Fn::If"][2])
        if value == _API_URL:
            return _NO_AWS["AWS_ENDPOINT_URL"]
        name = value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0]
        return str(parameters.get(name, {}).get("Default", name))

    return {
        name: fill(value)
        for place in (template["Globals"]["Function"], resource)
        for name, value in place["Environment"]["Variables"].items()
    }
