"""What the commands of authors share: options, output, and how an error is reported."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, cast

import typer
from typer.core import TyperCommand
from typing_extensions import override

from isolambda_cli.api.chosen_profile import choose
from isolambda_cli.api.client import Api
from isolambda_cli.command import fail
from isolambda_cli.output import Output, PartialFailure, print_output
from isolambda_core.domain.errors import IsolambdaError


@dataclass(slots=True)
class Session:
    """The options that each command of an author takes after its own, and its API."""

    profile: Annotated[
        str | None, typer.Option(help="Name of the profile to use, as `isolambda login` keeps it.")
    ] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False
    patience_s: float = field(default=0.0, init=False)
    """How long one request may wait for its turn, the first one too (``Api.patience_s``)."""
    _api: Api | None = field(default=None, init=False)

    @property
    def api(self) -> Api:
        """The API of the profile, chosen when it is first needed."""
        if self._api is None:
            self._api = Api.of(choose(self.profile), self.patience_s)
        return self._api

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._api is not None:
            self._api.close()


# Typer reads the options from the dataclass once, for all commands.
_reader = typer.Typer(add_completion=False)
_reader.command()(Session)
_OPTIONS = typer.main.get_command(_reader).params


class PlainCommand(TyperCommand):
    """A command of authors that asks no server by itself: it takes ``--json``.

    What it returns is printed; a command that returns None has printed all itself. An error is one
    line on stderr, and the exit code is 1.
    """

    options: ClassVar[Sequence[Any]] = [each for each in _OPTIONS if each.name == "as_json"]

    def __init__(self, name: str | None, *, params: Sequence[Any], **settings: Any) -> None:
        super().__init__(name, params=[*params, *self.options], **settings)

    @override
    def invoke(self, ctx: Any) -> None:
        """Run the command with a session, and print what it returns."""
        ctx.obj = session = Session(
            **{each.name: ctx.params.pop(each.name) for each in self.options}
        )
        try:
            output: Output | PartialFailure | None = super().invoke(ctx)
        except BrokenPipeError:
            raise  # who reads the output has enough, which is no failure
        except IsolambdaError as error:
            fail(str(error))
        except OSError as error:
            fail(str(error) if error.filename is None else f"{error.filename}: {error.strerror}")
        finally:
            session.close()
        if isinstance(output, PartialFailure):
            print_output(output.rows, as_json=session.as_json)
            raise typer.Exit(1)
        if output is not None:
            print_output(output, as_json=session.as_json)


class AuthorCommand(PlainCommand):
    """A command that works by HTTP with a key: it takes ``--profile``, too."""

    options: ClassVar[Sequence[Any]] = _OPTIONS


def session_of(context: typer.Context) -> Session:
    """Return the session that :class:`PlainCommand` made for a command."""
    return cast("Session", context.obj)


def api_of(context: typer.Context) -> Api:
    """Return the API that a command asks, with the key of its profile.

    Raises:
        ProfileError: there is no profile to use.
        UnreachableError: the server was to say whose the key is, and did not.
        ApiError: it does not know the key.
    """
    return session_of(context).api
