"""The ten minutes of authors.md, as a stranger has them: word for word, in two terminals."""

from pathlib import Path

from tests.support.commands import COMMAND
from tests.support.documentation import INDEX
from tests.support.hosts import Host
from tests.support.tenants import Tenant
from tests.support.terminals import reading

PAGE = INDEX.parent / "authors.md"
ANOTHER_PORT = {"isolambda dev": "isolambda dev --port 0"}


def test_a_stranger_goes_from_nothing_to_deployed_and_back(
    host: Host, tenant: Tenant, tmp_path: Path
) -> None:
    environment = {
        "HOME": str(tmp_path),
        "URL": host.credentials["url"],
        "KEY": tenant.credentials["api_key"],
        "PATH": f"{COMMAND.parent}:/usr/bin:/bin",
    }

    with reading(tmp_path, "shop", environment) as reader:
        reader.play(PAGE, ANOTHER_PORT)

    assert (tmp_path / "shop/isolambda.toml").is_file()
