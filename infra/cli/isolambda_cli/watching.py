"""Watch the files of a project, however an editor writes them."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from threading import Event
from time import monotonic

from watchfiles import watch

_LEFT_OUT = ("node_modules", "__pycache__", "__snapshots__")
_QUIET_MS = 10
"""How long nothing may change before a change is yielded: some writes have several steps."""
_LATEST_MS = 50
"""When it is yielded at the latest."""
_FIRST_MS = 200
"""When a watch is sure to see changes: what changed before is looked for then."""
_EMPTY_S = 1.0
"""How long a file that became empty is waited for: an editor empties it before it writes."""


def changes_of(folder: Path, stop: Event | None = None) -> Iterator[frozenset[str]]:
    """Yield the paths below a folder that changed, until ``stop`` is set.

    The first ones are none: they say that changes are seen from now on. A folder that is new comes
    twice, as it may have been filled before it was watched. Packages, and files and folders whose
    name begins with a dot, are left out: they are large, and no sources.

    Raises:
        KeyboardInterrupt: by Ctrl-C.
    """
    root = folder.resolve()
    unseen: frozenset[str] = frozenset()
    while stop is None or not stop.is_set():
        try:
            unseen = yield from _until_new(root, unseen, stop)
        except FileNotFoundError:  # a folder went before it was watched
            continue


def _until_new(
    root: Path, unseen: frozenset[str], stop: Event | None
) -> Generator[frozenset[str], None, frozenset[str]]:
    """Yield what is unseen, and changes until a folder is not watched; return what is new then."""
    folders = frozenset(_folders(root))
    is_first = True
    seen: frozenset[str] = frozenset()
    since = monotonic()
    for changes in watch(
        *folders,
        watch_filter=None,
        debounce=_LATEST_MS,
        step=_QUIET_MS,
        rust_timeout=_FIRST_MS,
        yield_on_timeout=True,
        stop_event=stop,
        recursive=False,
    ):
        if not seen:
            since = monotonic()
        paths = (Path(path) for _, path in changes)
        seen |= {str(path.relative_to(root)) for path in paths if _is_source(path.name)}
        if any(_is_empty(root / name) for name in seen) and monotonic() - since < _EMPTY_S:
            continue
        if seen or is_first:
            yield seen | unseen
            new = frozenset(_folders(root)) - folders
            if new:
                return frozenset(str(Path(path).relative_to(root)) for path in new)
        is_first, unseen, seen = False, frozenset(), frozenset()
    return frozenset()


def _folders(root: Path) -> Iterator[str]:
    for folder, folders, _ in os.walk(root):
        folders[:] = [name for name in folders if _is_source(name)]
        yield folder


def _is_empty(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size == 0
    except OSError:  # it went meanwhile
        return False


def _is_source(name: str) -> bool:
    return not name.startswith(".") and name not in _LEFT_OUT
