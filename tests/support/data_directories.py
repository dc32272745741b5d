"""Data directories as a server leaves them, without a server."""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.functions.functions import Function, validated_function
from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.secrets.installation_secret import open_secret
from isolambda_local.sqlite import migrations, open_store
from isolambda_local.sqlite.migrations import SCHEMA_VERSION
from tests.support.samples import ACCOUNT, FUNCTION

MTIME_NS = 1_800_000_000_123_456_789
OLD = SCHEMA_VERSION - 1
"""The schema of an older version."""


def a_data_directory(data_dir: Path, name: str = "kept") -> Path:
    """Make a data directory with one function of a name, and a file in the folder of a bucket."""
    data_dir.mkdir(mode=0o700)
    open_secret(data_dir)
    (data_dir / "credentials.json").write_text('{"url": "", "account_id": "", "api_key": ""}')
    bucket = data_dir / "buckets" / ACCOUNT / "uploads"
    (bucket / "a").mkdir(parents=True)
    for file in (bucket / "a" / "b.txt", bucket / ("long" * 50), bucket / "d\u00e9j\u00e0 vu"):
        file.write_text(name)
        os.utime(file, ns=(MTIME_NS, MTIME_NS))
    with closing(open_store(data_dir / DATABASE_NAME)) as store:
        store.accounts.add(Account(ACCOUNT, {"name": "n", "enabled": True}, 1, 1))
        document = validated_function({"name": name, "function_js": "return 1"})
        store.functions.add(Function(ACCOUNT, FUNCTION, document, 1, 1, 1))
    return data_dir


def name_in(data_dir: Path) -> str:
    """Return the name of the one function, once the database has the latest schema."""
    with closing(open_store(data_dir / DATABASE_NAME)) as store:
        return str(store.functions.get(ACCOUNT, FUNCTION).document["name"])


def make_older(data_dir: Path, version: int = OLD) -> None:
    """Let the database be one that an older version wrote, with one account and no function."""
    scripts = sorted(Path(migrations.__file__).parent.glob("*.sql"))
    (data_dir / DATABASE_NAME).unlink()
    with closing(sqlite3.connect(data_dir / DATABASE_NAME)) as connection:
        for script in scripts[:version]:
            connection.executescript(script.read_text("ascii"))
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("PRAGMA journal_mode = WAL").fetchone()


def version_of(database: Path) -> int:
    """Return the version of the schema of a database."""
    with closing(sqlite3.connect(f"{database.as_uri()}?immutable=1", uri=True)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def files_in(folder: Path) -> Mapping[str, bytes]:
    """Return the files below a folder with their bytes, but for those that SQLite has for a log."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }
