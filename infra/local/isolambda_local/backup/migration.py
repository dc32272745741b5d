"""Back a data directory up before a newer version changes its schema."""

import logging
import secrets
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from isolambda_local.backup.making import BACKUPS, write_backup
from isolambda_local.backup.snapshot import open_read_only
from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.sqlite.files import is_database, kept_from_others, require_log
from isolambda_local.sqlite.migrations import SCHEMA_VERSION, require_ours

KEPT: Final = 3
"""Backups that are kept, each of another schema."""

_NAMES: Final = "*-schema-*.tar"

_log = logging.getLogger(__name__)


def back_up_before_migration(data_dir: Path) -> None:
    """Make a backup, without the files of folders, if the database is of an older version.

    One of each schema is kept, and of these the latest :data:`KEPT`. The directory must be locked.

    Raises:
        BackupError: the backup cannot be made; the database is as it was.
        DatabaseInUseError: another process uses the database, which would find another schema.
        NewerSchemaError: a newer version wrote the database.
        ForeignDatabaseError: it is another program's.
        DamagedLogError: the file with its latest changes is damaged.
        OSError: a file cannot be read or written.
    """
    database = data_dir / DATABASE_NAME
    version = _version(database.resolve())  # SQLite has its log beside the file itself
    if version in {0, SCHEMA_VERSION}:
        return
    with kept_from_others(database):
        pass
    folder = data_dir / BACKUPS
    folder.mkdir(mode=0o700, exist_ok=True)
    for unfinished in folder.glob(".*.unfinished"):
        unfinished.unlink()
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    file = folder / f"{stamp}-{secrets.token_hex(2)}-schema-{version:04}.tar"
    write_backup(data_dir, file, with_folders=False)
    _log.info("schema %d becomes %d; %s is as it was before", version, SCHEMA_VERSION, file)
    others = sorted(each for each in folder.glob(_NAMES) if each != file)
    same = [each for each in others if each.name.endswith(f"-schema-{version:04}.tar")]
    rest = [each for each in others if each not in same]
    for each in (*same, *rest[: 1 - KEPT]):
        each.unlink()


def _version(database: Path) -> int:
    """Return the version of the schema of a file; 0 where there is none yet, or no database."""
    require_log(database)
    if not database.is_file() or not is_database(database):
        return 0
    # A reader of a log makes files beside it; without a log all is in the file.
    log = database.with_name(f"{database.name}-wal")
    options = "" if log.exists() and log.stat().st_size else "&immutable=1"
    try:
        with closing(open_read_only(database, options)) as connection:
            require_ours(connection)
            [(version,)] = connection.execute("PRAGMA user_version")
    except sqlite3.Error:  # who opens it next says what is wrong
        return 0
    return int(version)
