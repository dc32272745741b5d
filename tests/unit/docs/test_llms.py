"""What a language model reads is short, is what servers serve, and works as it stands."""

import re
from pathlib import Path

import pytest

from isolambda_cli.testing.isolates import open_isolates
from tests.support.documentation import INDEX, ROOT, text_of
from tests.unit.cli.testing.projects import results_of, write

PAGE = INDEX.parent / "llms.md"
FILES = {"js": ["src/hello.js", "src/hello.test.js"], "toml": ["isolambda.toml"]}


@pytest.mark.parametrize("name", ["llms.md", "llms.txt"])
def test_servers_serve_what_the_documentation_has(name: str) -> None:
    served = ROOT / "functions/api/isolambda_api/http" / name

    assert text_of(served) == text_of(INDEX.parent / name)


def test_the_page_has_at_most_forty_lines() -> None:
    assert len(text_of(PAGE).splitlines()) <= 40


def test_the_index_leads_to_what_a_server_has() -> None:
    paths = re.findall(r"\]\(([^)]+)\)", text_of(INDEX.parent / "llms.txt"))

    assert paths == ["llms.md", "openapi.json", "types/isolambda.d.ts"]


@pytest.mark.slow
def test_the_project_on_the_page_passes_its_test(tmp_path: Path) -> None:
    files: dict[str, str] = {}
    for language, names in FILES.items():
        block = re.compile(rf"^   ```{language}\n(.*?)^   ```$", re.MULTILINE | re.DOTALL)
        found = block.findall(text_of(PAGE))
        files |= zip(names, found, strict=True)
    write(tmp_path, files)

    with open_isolates() as isolates:
        [result] = results_of(isolates, tmp_path).values()

    assert result.passed, result
    assert [case.name for case in result.cases] == ["greets"]
