"""What each built Lambda and layer carries, and what none may."""

import _imp
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

Template = dict[str, Any]

ARTIFACTS = ("ApiFunction", "DispatcherFunction", "ExecutorFunction", "CommonLayer", "V8Layer")
LAYERS = {
    "ApiFunction": ["CommonLayer"],
    "DispatcherFunction": ["CommonLayer"],
    "ExecutorFunction": ["V8Layer"],
}
SERVICES = {
    "dynamodb",
    "events",
    "kinesis",
    "lambda",
    "s3",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
}
UNCHECKED_HASH = (0b01).to_bytes(4, "little")  # PEP 552
UNZIPPED_BYTES_MAX = 250 * 1024 * 1024  # Lambda's, for a function together with its layers
MACHINES = {"x86_64": 0x3E, "arm64": 0xB7}  # e_machine, bytes 18 and 19 of an ELF header


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in files(folder))


def packages(folder: Path) -> set[str]:
    besides = {".dist-info", ".pyc"}
    names = {path.name for path in folder.iterdir() if path.suffix not in besides}
    return names - {"__pycache__"}


def machine(path: Path) -> int | None:
    """Return the processor of a compiled file, None of any other."""
    with path.open("rb") as file:
        header = file.read(20)
    return int.from_bytes(header[18:20], "little") if header.startswith(b"\x7fELF") else None


def test_the_executor_carries_itself_the_domain_and_its_log(build: Path) -> None:
    # So neither boto3, nor pydantic, nor an adapter: nothing that could read the table. Brotli
    # inflates answers to fetch.
    assert {name.partition(".")[0] for name in packages(build / "ExecutorFunction")} == {
        "isolambda_executor",
        "isolambda_core",
        "aws_lambda_powertools",
        "jmespath",
        "typing_extensions",
        "brotli",
        "_brotli",
        "dataclass_code",
    }
    carried = packages(build / "ExecutorFunction/isolambda_core")

    assert carried == {"__init__.py", "domain", "net"}


def test_the_layers_carry_one_package_each(build: Path) -> None:
    assert packages(build / "CommonLayer") == {"python"}
    assert packages(build / "CommonLayer/python") == {"isolambda_core"}
    assert packages(build / "V8Layer") == {"python"}
    assert packages(build / "V8Layer/python") == {"py_mini_racer"}


def test_the_api_brings_its_own_boto3_and_leaves_the_shared_code_to_the_layer(build: Path) -> None:
    carried = packages(build / "ApiFunction")

    assert carried >= {"isolambda_api", "fastapi", "mangum", "pydantic", "boto3", "aws_xray_sdk"}
    assert carried.isdisjoint({"isolambda_core", "py_mini_racer"})


def test_the_dispatcher_does_too_and_has_nothing_that_speaks_http_to_clients(build: Path) -> None:
    carried = packages(build / "DispatcherFunction")

    assert carried >= {"isolambda_dispatcher", "pydantic", "boto3", "aws_xray_sdk"}
    assert carried.isdisjoint(
        {"isolambda_core", "isolambda_api", "fastapi", "mangum", "jwt", "py_mini_racer"}
    )


@pytest.mark.parametrize(
    ("source", "copy"),
    [
        ("functions/api/isolambda_api", "ApiFunction/isolambda_api"),
        ("functions/dispatcher/isolambda_dispatcher", "DispatcherFunction/isolambda_dispatcher"),
        ("functions/executor/isolambda_executor", "ExecutorFunction/isolambda_executor"),
        ("layers/common/python/isolambda_core", "CommonLayer/python/isolambda_core"),
        (
            "layers/common/python/isolambda_core/domain",
            "ExecutorFunction/isolambda_core/domain",
        ),
        ("layers/common/python/isolambda_core/net", "ExecutorFunction/isolambda_core/net"),
    ],
)
def test_our_code_is_carried_as_it_stands_in_the_checkout(
    checkout: Path, build: Path, source: str, copy: str
) -> None:
    def contents(folder: Path) -> dict[str, bytes]:
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in files(folder)
            if "__pycache__" not in path.parts
        }

    assert contents(build / copy) == contents(checkout / source)


@pytest.mark.parametrize("function", ["ApiFunction", "DispatcherFunction"])
def test_of_boto3_the_services_are_there_that_are_asked(build: Path, function: str) -> None:
    def services(package: str) -> set[str]:
        data = build / function / package / "data"
        return {path.name for path in data.iterdir() if path.is_dir()}

    assert services("botocore") == SERVICES
    assert services("boto3") <= SERVICES


@pytest.mark.usefixtures("python")
@pytest.mark.parametrize("artifact", ARTIFACTS)
def test_every_module_has_its_bytecode_for_lambdas_python(build: Path, artifact: str) -> None:
    for source in (build / artifact).rglob("*.py"):
        bytecode = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        header = bytecode.read_bytes()[:16]

        assert header[4:8] == UNCHECKED_HASH
        key = int.from_bytes(header[:4], "little")
        assert header[8:] == _imp.source_hash(key, source.read_bytes()), source


@pytest.mark.parametrize("artifact", ARTIFACTS)
def test_no_bytecode_is_without_its_source(build: Path, artifact: str) -> None:
    for bytecode in (build / artifact).rglob("*.pyc"):
        assert (bytecode.parent.parent / f"{bytecode.name.partition('.')[0]}.py").is_file()


@pytest.mark.parametrize("artifact", ARTIFACTS)
def test_everything_compiled_is_for_the_architecture_that_was_asked_for(
    build: Path, built_template: Template, artifact: str
) -> None:
    architecture = built_template["Resources"]["V8Layer"]["Metadata"]["BuildArchitecture"]
    machines = {path.name: machine(path) for path in files(build / artifact)}
    compiled = {name: found for name, found in machines.items() if found is not None}

    assert bool(compiled) == (artifact != "CommonLayer")
    assert set(compiled.values()) <= {MACHINES[architecture]}
    assert [name for name in compiled if "cpython-" in name and "cpython-313-" not in name] == []


def test_the_build_can_be_deployed_for_its_own_architecture_alone(built_template: Template) -> None:
    architecture = built_template["Resources"]["V8Layer"]["Metadata"]["BuildArchitecture"]
    parameter = built_template["Parameters"]["Architecture"]

    assert parameter["AllowedValues"] == [architecture]
    assert parameter["Default"] == architecture


@pytest.mark.parametrize("artifact", ARTIFACTS)
def test_nothing_is_carried_that_is_of_no_use_in_lambda(build: Path, artifact: str) -> None:
    useless = {"bin", "test", "tests", "direct_url.json", ".git", "Makefile"}
    found = [path for path in (build / artifact).rglob("*") if path.name in useless]

    assert found == []


@pytest.mark.parametrize("artifact", ARTIFACTS)
def test_nothing_names_the_machine_that_built_it(
    build: Path, checkout: Path, artifact: str
) -> None:
    here = str(checkout).encode()

    assert [path for path in files(build / artifact) if here in path.read_bytes()] == []


@pytest.mark.parametrize("function", LAYERS)
def test_a_lambda_and_its_layers_fit_unzipped(
    build: Path, built_template: Template, function: str
) -> None:
    attached = [
        layer["Ref"] for layer in built_template["Resources"][function]["Properties"]["Layers"]
    ]

    assert attached == LAYERS[function]
    assert sum(size(build / artifact) for artifact in [function, *attached]) < UNZIPPED_BYTES_MAX
