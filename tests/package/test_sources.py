"""The wheel and the Lambdas are made of the same sources."""

from pathlib import Path

import pytest

from tests.package.dist import ROOT, Dist
from tests.package.test_contents import wheel_files

BUILD = ROOT / ".aws-sam/build"
ARTIFACTS = {
    "ApiFunction": "isolambda_api",
    "CommonLayer/python": "isolambda_core",
    "DispatcherFunction": "isolambda_dispatcher",
    "ExecutorFunction": "isolambda_executor",
}


def files(folder: Path, package: str) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in (folder / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("artifact", ARTIFACTS)
def test_a_lambda_carries_the_files_of_the_wheel(dist: Dist, artifact: str) -> None:
    if not list(BUILD.glob(".built-*")):
        pytest.skip("NOTHING IS BUILT: THE LAMBDAS WERE NOT COMPARED WITH THE WHEEL; `make build`")
    package = ARTIFACTS[artifact]
    in_wheel = wheel_files(dist.wheel)

    assert files(BUILD / artifact, package) == {
        name: content for name, content in in_wheel.items() if name.startswith(f"{package}/")
    }
