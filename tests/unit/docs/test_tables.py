"""Each table of the documents has the names and the defaults that the code has."""

import re
from pathlib import Path

import pytest
import typer

from isolambda_cli.main import app
from isolambda_core.domain.executions.execution import Hint, Outcome
from isolambda_core.domain.functions.functions import FUNCTION_SCHEMA
from isolambda_core.domain.triggers.triggers import TriggerType
from isolambda_core.domain.triggers.webhooks.signatures import SIGNATURES
from isolambda_dispatcher.sources.executions import CALLBACK
from isolambda_dispatcher.sources.shadows import SHADOW
from tests.support.documentation import INDEX, PAGES, ROOT, text_of

DOCS = INDEX.parent
OWN_METRICS = {"ColdStart"}
"""Metrics that Powertools sends by itself."""


def rows(page: str, heading: str) -> list[list[str]]:
    """Return the cells of each row of the table that begins with a heading's cell."""
    table = text_of(DOCS / page).partition(f"\n| {heading}")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def first_names(page: str, heading: str) -> list[str]:
    return [name for row in rows(page, heading) for name in names(row[0])]


def defaults(page: str, heading: str) -> dict[str, str]:
    """Return what the second cell of each row says of the names in the first, in their order."""
    return {
        name: value
        for first, second, *_ in rows(page, heading)
        for name, value in zip(
            names(first),
            second.replace("`", "").split(", ") if second else [""] * len(names(first)),
            strict=True,
        )
    }


@pytest.mark.parametrize(
    ("page", "heading", "expected"),
    [
        ("functions.md", "outcome", list(Outcome)),
        ("functions.md", "key | what it sets", list(FUNCTION_SCHEMA["properties"])),
        (
            "functions.md",
            "code",
            ["compile_error", *Hint, "unknown_key", "beyond_ceiling", "name_taken"],
        ),
        ("triggers.md", "type", list(TriggerType)),
        ("webhooks.md", "`signature` | what", list(SIGNATURES)),
    ],
)
def test_each_name_of_the_code_is_in_the_table_and_no_other(
    page: str, heading: str, expected: list[str]
) -> None:
    assert sorted(first_names(page, heading)) == sorted(expected)


def test_each_default_of_a_parameter_is_in_the_table() -> None:
    template = text_of(ROOT / "template.yaml")
    parameters = template.partition("\nParameters:\n")[2].partition("\nRules:\n")[0]
    expected = dict(
        re.findall(r'^  (\w+):$[\s\S]*?^    Default: "?(.*?)"?$', parameters, re.MULTILINE)
    )

    assert len(expected) > 15
    assert defaults("deploying.md", "parameter") == expected


def test_each_default_of_an_option_of_serve_is_in_the_table() -> None:
    serve = typer.main.get_command(app).commands["serve"].load()  # type: ignore[attr-defined]
    expected = {
        parameter.opts[0]: "" if parameter.default in ("", None) else str(parameter.default)
        for parameter in serve.params
    }

    table = defaults("deploying.md", "option of `isolambda serve`")
    flags = {"--private-callbacks", "--private-fetch", "--unconfined"}
    assert table == {name: "" if name in flags else expected[name] for name in expected}


def test_each_metric_is_in_the_table_and_no_other() -> None:
    handlers = "".join(map(text_of, ROOT.glob("functions/*/*/handler.py")))
    sent = {
        *re.findall(r'(?:add|single)_metric\("(\w+)"', handlers),
        *re.findall(r'^        "(\w+)": MetricUnit\.', handlers, re.MULTILINE),
    }
    of_items = {*re.findall(r'^    .+: "(\w+)",$', handlers, re.MULTILINE)}
    listed = {*first_names("observability.md", "metric")}
    of_types = {
        name
        for name in listed
        if any(name.startswith(t.capitalize()) for t in (*TriggerType, CALLBACK, SHADOW))
    }

    assert len(sent) >= 8
    assert listed - of_types == sent | OWN_METRICS | of_items - {"Dropped"}
    assert {re.findall("[A-Z][a-z]+", name)[-1] for name in of_types} <= of_items


def test_each_module_that_a_document_names_is_there() -> None:
    decisions = sorted((ROOT / "infra/adr").glob("*.md"))
    documents = [INDEX, *PAGES, *decisions, ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md"]
    text = "".join(map(text_of, documents))
    modules = {*re.findall(r"`([\w/]+\.(?:py|js))`", text)}
    folders = ("functions", "infra/cli", "infra/local", "layers", "tests")
    files = [
        f"/{path.relative_to(ROOT)}"
        for folder in folders
        for path in Path(ROOT, folder).rglob("*.*")
        if path.suffix in {".py", ".js"}
    ]

    assert len(modules) > 40
    assert [
        module for module in modules if not any(file.endswith(f"/{module}") for file in files)
    ] == []
