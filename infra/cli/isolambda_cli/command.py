"""The parser of the command: it shows help without arguments, and each error in one line."""

import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Any, NoReturn

import typer
from typer import core
from typer.core import TyperGroup
from typing_extensions import override

from isolambda_cli.terminal import printable

NAME = "isolambda"
COMPLETION_VARIABLE = f"_{NAME.upper()}_COMPLETE"
"""Set where a shell asks for what completes a word."""
_KEY = re.compile(r"[0-9A-Fa-f]{64}")
_USAGE = 2
"""Exit code of a usage error."""
_UsageError: Any = typer.BadParameter.__base__
"""The class of all usage errors. Typer exports this subclass alone, and its module varies."""


class CommandGroup(TyperGroup):
    """A group of commands that reports a usage error in one line on stderr, for scripts and logs.

    Typer itself prints a box of several lines.
    """

    @override
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options of the group; without arguments, show its help."""
        return super().parse_args(ctx, args or ["--help"])

    @override
    def main(self, args: Sequence[str] | None = None, *_: Any, **__: Any) -> NoReturn:
        """Run the command that the arguments name, and exit with its code."""
        words = sys.argv[1:] if args is None else list(args)
        _refuse_unprintable(words)
        _have_all_printed()
        # In a pipe help is plain, which takes half of the time.
        core.HAS_RICH = sys.stdout is not None and sys.stdout.isatty()
        if COMPLETION_VARIABLE in os.environ:  # noqa: TID251 - set by the shell, see `completion`
            # The import takes 15 ms, which nothing else needs.
            import_module("typer.completion").completion_init()
        try:
            code = super().main(words, prog_name=NAME, standalone_mode=False)
        except _UsageError as error:
            fail(f"{error.format_message().rstrip('.')}{_help_of(error)}", _USAGE)
        except OSError as error:
            # The output could not be printed; all other errors are reported before.
            fail(str(error))
        sys.exit(code)


def warn(message: str) -> None:
    """Print a message as one line on stderr, without API keys: they may have been typed."""
    line = _KEY.sub("(a key)", printable(" ".join(message.split())))
    print(f"{NAME}: {line}", file=sys.stderr)  # noqa: T201 - see above


def fail(message: str, exit_code: int = 1) -> NoReturn:
    """Print an error as one line on stderr, and exit."""
    warn(message)
    sys.exit(exit_code)


def _refuse_unprintable(words: Sequence[str]) -> None:
    # Python decodes bytes that are not UTF-8 to surrogates, which neither JSON nor SQLite takes.
    for word in words:
        if not word.isascii() and any("\ud800" <= character <= "\udfff" for character in word):
            fail(f"{word!a} is not UTF-8", _USAGE)


def _have_all_printed() -> None:
    # A terminal, or a variable, may want another encoding than UTF-8.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _help_of(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    return "" if context is None else f"; see {context.command_path} --help"
