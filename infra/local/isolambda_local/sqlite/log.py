"""SQLite's write-ahead log, which holds the latest changes until they are in the database."""

from pathlib import Path

from isolambda_core.domain.errors import IsolambdaError

_MAGIC = (0x377F0682, 0x377F0683)
_HEADER_BYTES = 32


class DamagedLogError(IsolambdaError):
    """The log is damaged; SQLite would go on without it, and without the latest changes."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the file {name} is damaged; restore it together with the database from a backup, or "
            "remove it to give up the latest changes"
        )


def require_log(database: Path) -> None:
    """Check that the log of a database, where there is one, begins like a log.

    Raises:
        DamagedLogError: it does not.
        OSError: it cannot be read.
    """
    path = database.with_name(f"{database.name}-wal")
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except FileNotFoundError:
        return
    # One that was cut off, or is empty as far as it goes, was never used: that is no damage.
    if len(header) < _HEADER_BYTES or not any(header):
        return
    if int.from_bytes(header[:4]) not in _MAGIC:
        raise DamagedLogError(path.name)
