"""What is in a folder, to see that it was left alone."""

import stat
from pathlib import Path


def contents(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    """Return what is below a folder: modes, and the bytes of files."""
    return {
        str(path.relative_to(folder)): (
            stat.S_IMODE(path.lstat().st_mode),
            path.read_bytes() if path.is_file() else None,
        )
        for path in folder.rglob("*")
    }
