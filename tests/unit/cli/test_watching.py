"""Changes of files are seen, however an editor writes them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from isolambda_cli import watching
from isolambda_cli.watching import changes_of

pytestmark = pytest.mark.slow


@pytest.fixture
def changes(tmp_path: Path) -> Iterator[Iterator[frozenset[str]]]:
    """What changes in a folder that has a source and a package; it is watched already."""
    for name in ("src/a.js", "node_modules/p/index.js", ".git/index"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("1")
    stop = Event()
    found = changes_of(tmp_path, stop)
    assert next(found) == frozenset()
    yield found
    stop.set()


def written(path: Path) -> None:
    path.write_text("2")


def renamed(path: Path) -> None:
    other = path.with_name(".a.js.swp")
    other.write_text("2")
    other.rename(path)


def removed(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("change", [written, renamed, removed])
def test_a_change_of_any_kind_is_seen(
    changes: Iterator[frozenset[str]], tmp_path: Path, change: Callable[[Path], None]
) -> None:
    change(tmp_path / "src/a.js")

    assert next(changes) == {"src/a.js"}


def test_new_files_and_folders_are_seen(changes: Iterator[frozenset[str]], tmp_path: Path) -> None:
    (tmp_path / "src/b.js").write_text("1")
    assert next(changes) == {"src/b.js"}

    (tmp_path / "lib").mkdir()
    assert next(changes) == {"lib"}
    (tmp_path / "lib/c.js").write_text("1")
    # The folder comes again where the file was written before it was watched.
    assert next(changes) & {"lib", "lib/c.js"}


def test_packages_and_hidden_folders_are_left_out(
    changes: Iterator[frozenset[str]], tmp_path: Path
) -> None:
    (tmp_path / "node_modules/p/index.js").write_text("2")
    (tmp_path / ".git/index").write_text("2")
    (tmp_path / ".isolambda").mkdir()
    os.utime(tmp_path / "node_modules")
    (tmp_path / "src/a.js").write_text("2")

    assert next(changes) == {"src/a.js"}


@pytest.mark.parametrize(
    ("patience_s", "texts"), [(3600.0, ["2"]), (0.0, ["", "2"])], ids=["soon", "much later"]
)
def test_a_file_that_is_written_after_it_was_emptied_changes_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience_s: float, texts: list[str]
) -> None:
    file = tmp_path / "a.js"
    file.write_text("1")

    def steps(*_: object, **__: object) -> Iterator[set[tuple[int, str]]]:
        yield set()
        file.write_text("")
        yield {(1, str(file))}
        yield set()
        file.write_text("2")
        yield {(1, str(file))}

    monkeypatch.setattr(watching, "watch", steps)
    monkeypatch.setattr(watching, "_EMPTY_S", patience_s)
    changes = changes_of(tmp_path)
    assert next(changes) == frozenset()

    for text in texts:
        assert next(changes) == {"a.js"}
        assert file.read_text() == text
