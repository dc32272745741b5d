"""``isolambda serve`` leaves hosts to functions, and keeps its own."""

import pytest
from typer.testing import CliRunner

from isolambda_cli.main import app


@pytest.mark.parametrize("hosts", ["api.example.com", "*.example.com"])
def test_the_servers_own_host_is_not_left_to_functions(hosts: str) -> None:
    words = ["serve", "--public-url", "https://api.example.com:8443/base"]

    refused = CliRunner().invoke(app, [*words, "--function-hosts", hosts])

    assert (refused.exit_code, refused.stdout) == (2, "")
    [line] = refused.stderr.splitlines()
    assert "--function-hosts: api.example.com is the server's own host" in line
