"""What an operator's commands have in common: where they work, what they print, how they fail."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Annotated, Any

import typer

from isolambda_cli.command import fail
from isolambda_cli.installation import Installation
from isolambda_cli.output import (
    Partly,
    Shown,
    show,
)
from isolambda_cli.targets import Target
from isolambda_core.domain.errors import IsolambdaError, StoreUnavailableError

_Command = Callable[..., Shown | Partly]

_AS_JSON = Parameter(
    "as_json",
    Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")],
)


def _operating(part: Callable[[Target], Any]) -> Callable[[_Command], Callable[..., None]]:
    """Return what makes a command of a function that takes ``part`` of a place.

    Typer reads a command's options from its signature: those of :class:`Installation`, and
    ``--json``, are added here. What goes wrong is one line on stderr, and exit code 1.
    """

    def operating(command: _Command) -> Callable[..., None]:
        own = list(signature(command).parameters.values())[1:]
        where = signature(Installation).parameters.values()

        @wraps(command)
        def run(*, as_json: bool, **given: Any) -> None:
            installation = Installation(**{option.name: given.pop(option.name) for option in where})
            try:
                with _status(), installation.open() as target:
                    found = command(part(target), **given)
            except (IsolambdaError, OSError) as error:
                fail(f"{installation.name}: {_told(error)}")
            if isinstance(found, Partly):
                show(found.rows, as_json=as_json)
                raise typer.Exit(1)
            show(found, as_json=as_json)

        options = [*own, *where, _AS_JSON]
        named = [option.replace(kind=Parameter.KEYWORD_ONLY) for option in options]
        run.__signature__ = Signature(named)  # type: ignore[attr-defined]
        run.__annotations__ = {option.name: option.annotation for option in named}
        return run

    return operating


on_accounts = _operating(lambda target: target.accounts)
on_dead_letters = _operating(lambda target: target.dead_letters)
on_place = _operating(lambda target: target)


def _status() -> AbstractContextManager[object]:
    """Show somebody who watches that the command works."""
    if not sys.stderr.isatty():
        return nullcontext()
    # 50 ms, which a script does not have to wait for.
    from rich.console import Console  # noqa: PLC0415 - see above

    return Console(stderr=True).status("working")


def _told(error: Exception) -> str:
    # Why the store is not available (a lock, a right that is missing) its cause alone says.
    said = [str(error)]
    if isinstance(error, StoreUnavailableError):
        said.append(str(error.__cause__ or ""))
    return ": ".join(filter(None, said))
