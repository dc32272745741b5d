"""The files for operators name settings that a server has, and values that it takes."""

import json
import re
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
import typer
import yaml

from isolambda_cli.serve import app
from tests.unit.cli.installations import isolambda

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "infra/docs/operating"
PAGE = (ROOT / "infra/docs/operating.md").read_text(encoding="utf-8")
OPTIONS = [str(option.name) for option in typer.main.get_command(app).params]
VARIABLES = {f"ISOLAMBDA_{name.upper()}" for name in OPTIONS}


def test_the_example_of_a_file_holds_what_a_server_takes(tmp_path: Path) -> None:
    [example] = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    file = tmp_path / "server.toml"
    file.write_text(example, encoding="utf-8")

    shown = isolambda("config", "show", "--json", "--config", str(file))

    assert shown.exit_code == 0, shown.stderr
    sources = [row["source"] for row in json.loads(shown.stdout)]
    assert sources.count(f"file {file}") == len(re.findall(r"^\w+ =", example, re.MULTILINE))


@pytest.mark.parametrize("file", [*FOLDER.iterdir()], ids=lambda file: file.name)
def test_each_file_names_settings_of_a_server_and_is_on_the_page(file: Path) -> None:
    text = file.read_text(encoding="utf-8")

    assert {*re.findall(r"ISOLAMBDA_[A-Z_]+", text)} <= VARIABLES
    assert {*re.findall(r"isolambda serve (--[a-z-]+)", text)} <= {"--trusted-proxies"}
    assert f"(operating/{file.name})" in PAGE


def test_the_services_are_joined_as_the_settings_say() -> None:
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"]
    server, proxy = services["isolambda"]["environment"], services["caddy"]

    assert proxy["networks"]["inside"]["ipv4_address"] == server["ISOLAMBDA_TRUSTED_PROXIES"]
    assert proxy["environment"]["UPSTREAM"] == "isolambda:8787"


def test_no_other_container_gets_the_address_of_the_proxy() -> None:
    file = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    [pool] = file["networks"]["inside"]["ipam"]["config"]
    proxy = IPv4Address(file["services"]["caddy"]["networks"]["inside"]["ipv4_address"])

    assert proxy in IPv4Network(pool["subnet"])
    assert proxy not in IPv4Network(pool["ip_range"])
    assert IPv4Network(pool["ip_range"]).subnet_of(IPv4Network(pool["subnet"]))


@pytest.mark.parametrize(
    "line",
    [
        # By default systemd stops all of a service of which the kernel ends one process.
        "OOMPolicy=continue",
        # Of a setting that is wrong; to start again and again would not mend it.
        "RestartPreventExitStatus=2",
    ],
)
def test_the_service_ends_only_where_that_helps(line: str) -> None:
    unit = (FOLDER / "isolambda.service").read_text(encoding="utf-8")

    assert line in unit.splitlines()
