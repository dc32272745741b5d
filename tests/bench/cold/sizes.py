"""How large what was built is: as it lies, and as it is uploaded."""

import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path


def sizes(build: Path) -> Sequence[Sequence[str]]:
    """Return a row for each Lambda and layer, in MB (10^6 bytes), under headings."""
    folders = sorted(path for path in build.iterdir() if path.is_dir())
    return [("MB", "zipped", "unzipped", "bytecode"), *map(_row, folders)]


def _row(folder: Path) -> Sequence[str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.relative_to(folder))
    unzipped = sum(path.stat().st_size for path in files)
    bytecode = sum(path.stat().st_size for path in files if path.suffix == ".pyc")
    zipped = len(content.getbuffer())
    return (folder.name, *(f"{size / 1e6:.1f}" for size in (zipped, unzipped, bytecode)))
