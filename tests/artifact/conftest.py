"""The template, and what `make build` made of it."""

import copy
from pathlib import Path
from typing import Any

import boto3
import pytest
from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

Template = dict[str, Any]

ROOT = Path(__file__).parents[2]
BUILD = ROOT / ".aws-sam" / "build"


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
    """The template as CloudFormation sees it, after SAM's transform."""
    document = copy.deepcopy(template)
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
