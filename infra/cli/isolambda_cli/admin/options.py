"""What the commands on an installation share: options, output, and how an error is reported."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Annotated, Any, cast

import typer
from typer.core import TyperCommand
from typing_extensions import override

from isolambda_cli.admin.installation import Installation
from isolambda_cli.admin.operator import current_operator
from isolambda_cli.admin.targets import Target
from isolambda_cli.command import fail
from isolambda_cli.output import (
    Output,
    PartialFailure,
    print_output,
)
from isolambda_cli.progress import working
from isolambda_core.domain.acting import acting
from isolambda_core.domain.errors import IsolambdaError, StoreUnavailableError


@dataclass(frozen=True, slots=True)
class _Options(Installation):
    """The options that each command on an installation takes after its own."""

    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False


_AS_JSON = f"{__name__}.as_json"

# Typer reads the options from the dataclass once, for all commands.
_reader = typer.Typer(add_completion=False)
_reader.command()(_Options)
_OPTIONS = typer.main.get_command(_reader)


class OperatorCommand(TyperCommand):
    """A command on an installation: it takes :class:`_Options`, and returns what is printed.

    An error is one line on stderr, and the exit code is 1. A spinner shows that it works.
    """

    spins = True

    def __init__(self, name: str | None, *, params: Sequence[Any], **settings: Any) -> None:
        super().__init__(name, params=[*params, *_OPTIONS.params], **settings)

    @override
    def invoke(self, ctx: Any) -> None:
        """Open the installation, run the command on it, and print what the command returns."""
        values = {option.name: ctx.params.pop(option.name) for option in _OPTIONS.params}
        options: _Options = ctx.invoke(_OPTIONS.callback, **values)
        ctx.meta[_AS_JSON] = options.as_json
        try:
            with (
                working() if self.spins else nullcontext(),
                acting(current_operator),
                self.opened(options, ctx) as ctx.obj,
            ):
                output: Output | PartialFailure = super().invoke(ctx)
        except (IsolambdaError, OSError) as error:
            fail(f"{options.name}: {_message_of(error)}")
        if isinstance(output, PartialFailure):
            print_output(output.rows, as_json=options.as_json)
            raise typer.Exit(1)
        print_output(output, as_json=options.as_json)

    def opened(self, options: Installation, _: Any) -> AbstractContextManager[Target]:
        """Return the installation that the options name, opened."""
        return options.open()


class MakingCommand(OperatorCommand):
    """A command that makes the directory where there is none, unless it is to write nothing."""

    @override
    def opened(self, options: Installation, ctx: Any) -> AbstractContextManager[Target]:
        is_plan = ctx.params["dry_run"]
        return options.open(makes=not is_plan, plans=is_plan)


class AskingCommand(OperatorCommand):
    """A command that may ask on the terminal, where a spinner would write over the question."""

    spins = False


def prints_json(context: typer.Context) -> bool:
    """Return whether what a command returns is printed as JSON."""
    return bool(context.meta[_AS_JSON])


def target_of(context: typer.Context) -> Target:
    """Return the installation that :class:`OperatorCommand` opened for a command."""
    return cast("Target", context.obj)


def _message_of(error: Exception) -> str:
    # Only its cause says why a store is not available: a lock, or a right that is missing.
    parts = [str(error)]
    if isinstance(error, StoreUnavailableError):
        parts.append(str(error.__cause__ or ""))
    return ": ".join(filter(None, parts))
