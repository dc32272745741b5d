"""Chromium, as the tests start it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

NONE_HERE = (
    "NO CHROMIUM: THE CONSOLE WAS NOT TESTED; install Debian's package `chromium-headless-shell`, "
    "or name another with CHROMIUM=/path/to/it"
)
# The shell is the same engine without a browser's own windows, which take nearly half of the time.
_PROGRAMS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
_OPTIONS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    # A name that a page asks for by mistake has no address.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
PATIENCE_MS = 60_000
"""How long a page may take to do what a test expects: far longer than a busy machine takes."""


def find() -> str | None:
    """Return the path of Chromium, or None: of ``CHROMIUM``, or else of a program on the path."""
    named = os.environ.get("CHROMIUM")  # noqa: TID251 - of the test run
    return next(filter(None, map(shutil.which, [named] if named else _PROGRAMS)), None)


@contextmanager
def running(path: str) -> Iterator[Browser]:
    """Run Chromium with a fresh profile and without a window."""
    # Chromium's own sandbox refuses to run as root.
    options = [*_OPTIONS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    expect.set_options(timeout=PATIENCE_MS)
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=path, args=options) as browser,
    ):
        yield browser
