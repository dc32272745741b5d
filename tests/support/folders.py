"""What is in a folder, to see that it was left alone, and what comes into it at once."""

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


def replace_text(path: Path, text: str) -> None:
    """Write a file as editors do: who watches it sees the text before or all of this one."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)
