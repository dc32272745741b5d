"""Find web-platform-tests on this machine, and what the head of each test file says of it."""

import hashlib
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ARCHIVE: Final = ROOT.parent / "shared/wpt/wpt-subset.tar.xz"
CACHE: Final = ROOT / ".wpt"
NONE_HERE: Final = (
    f"NO WEB-PLATFORM-TESTS HERE: name a checkout with WPT=, or put wpt-subset.tar.xz at {ARCHIVE}"
)

AREAS: Final = {
    "FileAPI": "FileAPI",
    "WebCryptoAPI": "WebCryptoAPI",
    "compression": "compression",
    "console": "console",
    "dom": "dom/{abort,events}",
    "encoding": "encoding",
    "fetch": "fetch/api/{abort,body,headers,request,response}",
    "hr-time": "hr-time",
    "html": "html/webappapis",
    "streams": "streams",
    "url": "url",
    "urlpattern": "urlpattern",
    "wasm": "wasm/jsapi",
    "webidl": "webidl",
    "webmessaging": "webmessaging",
    "xhr": "xhr/formdata",
}
"""The areas, and their folders in a checkout; the rest of ``fetch/api`` needs a server."""

_META: Final = re.compile(r"^// META: *(\w+)=(.*?)\s*$", re.MULTILINE)
_RANGE: Final = re.compile(r"\?(\d+)-(\d+|last)")
_COMPUTED_AT_ONCE: Final = 50
"""Subtests of WebCryptoAPI in one execution: some compute for a third of a second each."""
_GLOBALS: Final = "window,dedicatedworker"
_SHADOW_REALMS: Final = "shadowrealm"


class NoTestsError(Exception):
    """There is neither a checkout nor an archive of web-platform-tests."""


@dataclass(frozen=True)
class TestFile:
    """A test: its path below the checkout, and what its META lines say.

    ``scripts`` are as written; ``variants`` are queries, one empty if there is none.
    """

    __test__ = False  # pytest takes the name for a test's

    path: str
    text: str
    scripts: tuple[str, ...]
    variants: tuple[str, ...]
    is_long: bool


def find_checkout() -> Path:
    """Return the folder of a checkout: WPT, or the archive, unpacked once.

    Raises:
        NoTestsError: neither is there.
    """
    named = os.environ.get("WPT")  # noqa: TID251 - of the test run
    if named:
        if not (Path(named) / "resources/testharness.js").is_file():
            raise NoTestsError(f"WPT={named} HAS NO resources/testharness.js")
        return Path(named)
    if not ARCHIVE.is_file():
        raise NoTestsError(NONE_HERE)
    return _unpacked(ARCHIVE, CACHE)


def _unpacked(archive: Path, cache: Path) -> Path:
    folder = cache / hashlib.sha256(archive.read_bytes()).hexdigest()[:16]
    if not folder.is_dir():
        cache.mkdir(exist_ok=True)
        # Renamed at the end, so that an unpacking that is cut off leaves no half checkout.
        with TemporaryDirectory(dir=cache) as unfinished, tarfile.open(archive) as members:
            members.extractall(Path(unfinished) / "wpt", filter="data")
            try:
                (Path(unfinished) / "wpt").rename(folder)
            except OSError:
                if not folder.is_dir():  # no other process was faster
                    raise
    return folder


def area_of(path: str) -> str:
    """Return the area of a path below a checkout."""
    return path.partition("/")[0]


def list_tests(checkout: Path, names: tuple[str, ...] = ()) -> list[str]:
    """Return the paths of the tests of areas, folders or files; of all areas without names."""
    return [
        path
        for path in sorted(_paths(checkout))
        if not names or any(path == name or path.startswith(f"{name}/") for name in names)
    ]


def missing_areas(checkout: Path) -> list[str]:
    """Return the areas in which a checkout has no test."""
    return sorted(AREAS.keys() - {area_of(path) for path in _paths(checkout)})


def _paths(checkout: Path) -> Iterator[str]:
    for pattern in AREAS.values():
        before, _, alternatives = pattern.partition("{")
        for alternative in alternatives.rstrip("}").split(","):
            for file in (checkout / f"{before}{alternative}").rglob("*.any.js"):
                yield str(file.relative_to(checkout))


def read_test(checkout: Path, path: str) -> TestFile | None:
    """Return the test at a path; None if it is only for shadow realms, which are of no platform."""
    text = (checkout / path).read_text(encoding="utf-8")
    meta = _META.findall(text)

    def values(key: str) -> tuple[str, ...]:
        return tuple(value for name, value in meta if name == key)

    places = ",".join(values("global")) or _GLOBALS
    if all(place.startswith(_SHADOW_REALMS) for place in places.split(",")):
        return None
    is_long = "long" in values("timeout")
    variants = values("variant") or ("",)
    if area_of(path) == "WebCryptoAPI":
        variants = tuple(_in_parts(variants))
    return TestFile(path, text, values("script"), variants, is_long)


def _in_parts(variants: tuple[str, ...]) -> Iterator[str]:
    """Yield variants, those that are ranges of subtests by their numbers in parts.

    The last range of a file is open, and no longer than the others: a part without a subtest waits
    for one until its time is over.
    """
    ranges = [found for variant in variants if (found := _RANGE.fullmatch(variant)) is not None]
    closed = [int(found[2]) - int(found[1]) + 1 for found in ranges if found[2] != "last"]
    for variant in variants:
        found = _RANGE.fullmatch(variant)
        if found is None:
            yield variant
            continue
        first, last = int(found[1]), found[2]
        end = first + max(closed, default=1) if last == "last" else int(last) + 1
        starts = range(first, end, _COMPUTED_AT_ONCE)
        for start in starts[:-1]:
            yield f"?{start}-{start + _COMPUTED_AT_ONCE - 1}"
        yield f"?{starts[-1]}-{last}"
