"""The template, what `make build` made of it, and what runs that here."""

import copy
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from infra.build import python313
from tests.artifact.emulator import Emulator
from tests.artifact.layout import lay_out
from tests.cases.checks import assert_healthy, request_of_another_account
from tests.support.built import BUILD, EMULATOR, MACHINES, ROOT, RUNTIME

Template = dict[str, Any]


@pytest.fixture(scope="session")
def checkout() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def template() -> Template:
    """``template.yaml``, its short forms (``!Ref``) written out."""
    parsed: Template = yaml_parse((ROOT / "template.yaml").read_text())
    return parsed


@pytest.fixture(scope="session")
def translated(template: Template) -> Template:
    """The template as CloudFormation sees it, after SAM's transform, deployed as it is."""
    return translate(template)


@pytest.fixture(scope="session")
def gradual(template: Template) -> Template:
    """The same where new versions are deployed gradually."""
    return translate(template, GradualDeployment="true")


def translate(template: Template, **parameters: str) -> Template:
    """Return what SAM's transform makes of a template, with these parameters and no others."""
    document = copy.deepcopy(template)
    for name, value in parameters.items():
        document["Parameters"][name] |= {"Default": value, "AllowedValues": [value]}
    for resource in document["Resources"].values():
        # The transform comes after the upload, so it knows no folders.
        for uri in {"CodeUri", "ContentUri"} & resource["Properties"].keys():
            resource["Properties"][uri] = "s3://bucket/key"
    session = boto3.Session(region_name="us-east-1")
    translation: Template = Translator(None, Parser(), boto_session=session).translate(
        document, parameter_values={}
    )
    return translation


@pytest.fixture(scope="session")
def build() -> Path:
    """The folder of what was built: one folder for each Lambda and each layer."""
    if not list(BUILD.glob(".built-*")):
        pytest.fail(f"nothing in {BUILD.relative_to(ROOT)} is of `make build`: run it first")
    return BUILD


@pytest.fixture(scope="session")
def built_template(build: Path) -> Template:
    """The template that a deployment of the build takes."""
    parsed: Template = yaml_parse((build / "template.yaml").read_text())
    return parsed


@pytest.fixture(scope="session")
def architecture(built_template: Template) -> str:
    """The processor that the build is for, in Lambda's words."""
    named: str = built_template["Resources"]["V8Layer"]["Metadata"]["BuildArchitecture"]
    return named


@pytest.fixture(scope="session")
def python(architecture: str) -> str:
    """The Python that Lambda runs, on the processor that the build is for."""
    if platform.machine() not in MACHINES[architecture]:
        pytest.skip(f"BUILT FOR {architecture}: the built Lambdas were not run on this machine")
    if (found := python313.find()) is None:
        pytest.skip(f"{python313.NONE_HERE}: the built Lambdas were not run; install python3.13")
    return found


@pytest.fixture(scope="session")
def emulated(
    python: str,
    architecture: str,
    build: Path,
    built_template: Template,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Emulator]:
    """The built executor in one environment of an emulated Lambda, which it has for all tests."""
    programs = ROOT.glob(f".venv-sam/lib/python3*/{EMULATOR}-{architecture}")
    program = next(programs, None)
    if program is None or not RUNTIME.is_dir():
        pytest.fail("Lambda's runtime and its emulator are of `make test-artifact`: run that")
    folder = tmp_path_factory.mktemp("emulated")
    laid_out = lay_out("ExecutorFunction", build, built_template, folder)
    with Emulator(program, python, RUNTIME, laid_out, folder / "log") as emulator:
        assert_healthy(emulator.execute(request_of_another_account()))
        yield emulator
