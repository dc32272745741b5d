"""Groups whose commands are imported once one is typed, so that help and completion are quick."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand
from typing_extensions import override

from isolambda_cli.command import CommandGroup, warn


class LazyCommand(TyperCommand):
    """A command, or a group, of another module: the object ``app`` there, a Typer of its own.

    Help of the group shows ``line``, below the heading ``panel``. With ``moved``, the name is one
    that the command had before: no help shows it, and each use of it says how the command is called
    now.
    """

    def __init__(
        self,
        name: str,
        module: str,
        line: str = "",
        *,
        moved: str | None = None,
        panel: str | None = None,
    ) -> None:
        super().__init__(
            name, help=line, short_help=line, hidden=moved is not None, rich_help_panel=panel
        )
        self.module = module
        self.moved = moved

    def load(self) -> Any:
        """Import the module, and return its command."""
        return typer.main.get_command(import_module(self.module).app)

    @override
    def make_context(
        self, info_name: Any, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """Read the words behind the name as the command itself does."""
        if self.moved is not None and not extra.get("resilient_parsing"):
            warn(f"'{self.name}' is '{self.moved}' now, and by the next release only that")
        return self.load().make_context(info_name, args, parent=parent, **extra)


def group_of(commands: Sequence[LazyCommand]) -> type[CommandGroup]:
    """Return the class of a group, for Typer, that has these commands, in this order."""

    class LazyGroup(CommandGroup):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.commands.update({str(command.name): command for command in commands})

    return LazyGroup
