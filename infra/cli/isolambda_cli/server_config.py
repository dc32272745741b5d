"""The settings of a server where they are not typed: in the environment, and in a TOML file.

The options of the command are the one table of settings: a key of the file is the name of an option
with ``_`` for ``-``, and a variable of the environment is that in capitals behind ``ISOLAMBDA_``.
"""

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import typer
from typer.core import TyperCommand
from typing_extensions import override

from isolambda_cli.command import fail

ENVIRONMENT: Final = "ISOLAMBDA"
"""What the variables begin with, before ``_``."""
FILE_NAME: Final = "isolambda-server.toml"
"""The file in the data directory that is read where no other is named."""
FILE_BYTES: Final = 16_384
_USAGE = 2
_TEXT: Final = ((str,), "a text in quotes")
_ALLOWED: Mapping[Any, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    Path: ((str,), "a path in quotes"),
}
"""What stands in a file for an option of a type; for each other type, such as a choice, a text."""


class ConfiguredCommand(TyperCommand):
    """A command whose options, where they are not typed, come from the environment, then a file.

    The option ``--config`` names the file; without it, that is ``FILE_NAME`` in the directory of
    ``--data-dir``, if it is there. The context has the file that was read, or None, as ``obj``. A
    value that is wrong is one line on stderr that says where it is, and the exit code 2.
    """

    @override
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options from wherever they are."""
        typed, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        if not ctx.resilient_parsing and not typed.get("help"):
            options: dict[str, Any] = {str(option.name): option for option in self.params}
            for name, option in options.items():
                if name not in typed and (value := option.value_from_envvar(ctx)) is not None:
                    _check(ctx, option, value, variable_of(option))
            ctx.obj, keys = _file(ctx, options, typed)
            ctx.default_map = {} if ctx.obj is None else _read(ctx, ctx.obj, keys)
        return super().parse_args(ctx, args)


def variable_of(option: Any) -> str:
    """Return the variable of the environment that an option comes from.

    An option that also comes from variables which other programs read names them all, the
    server's own as the first, and the first that is set counts.
    """
    names: list[str] = option.envvar or [f"{ENVIRONMENT}_{option.name.upper()}"]
    # Which one it is, the parser does not say.
    return next(filter(os.environ.get, names), names[0])  # noqa: TID251 - see above


def _file(
    ctx: Any, options: dict[str, Any], typed: Mapping[str, Any]
) -> tuple[Path | None, dict[str, Any]]:
    """Return the file to read, if there is one, and the options that it may have."""
    keys = {name: option for name, option in options.items() if name not in ("config", "help")}
    named, _ = options["config"].consume_value(ctx, typed)
    if named is not None:
        return Path(named), keys
    data_dir, _ = keys.pop("data_dir").consume_value(ctx, typed)
    file = Path(data_dir) / FILE_NAME
    try:
        file.lstat()
    except OSError:  # what is wrong with the directory, the server says better
        return None, keys
    return file, keys


def _read(ctx: Any, file: Path, keys: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values in a file, of which each is one that its option takes."""
    table = _table(file, is_named="data_dir" in keys)  # one that is found may not have it
    for key, value in table.items():
        if key not in keys:
            fail(f"{file}: {key}: unknown; it has {', '.join(sorted(keys))}", _USAGE)
        _require_type(keys[key], value, f"{file}: {key}")
        _check(ctx, keys[key], value, f"{file}: {key}")
    return table


def _table(file: Path, *, is_named: bool) -> Mapping[str, Any]:
    try:
        with file.open("rb") as stream:
            _require_own(file, os.fstat(stream.fileno()), is_named=is_named)
            data = stream.read(FILE_BYTES + 1)
        if len(data) > FILE_BYTES:
            fail(f"{file}: is longer than {FILE_BYTES} bytes", _USAGE)
        return tomllib.loads(data.decode())
    except OSError as error:
        fail(f"{file}: cannot be read: {error.strerror}", _USAGE)
    except (ValueError, RecursionError) as error:
        fail(f"{file}: is no TOML: {error}", _USAGE)


def _require_own(file: Path, status: os.stat_result, *, is_named: bool) -> None:
    """Refuse what another user may have written: it could take what holds user code away."""
    if stat.S_ISREG(status.st_mode) and status.st_mode & stat.S_IWOTH:
        fail(f"{file}: all users may write it; take that from them by `chmod o-w`", _USAGE)
    if not is_named and status.st_uid not in (0, os.geteuid()):
        fail(
            f"{file}: is of another user (uid {status.st_uid}); name it by --config to use it",
            _USAGE,
        )


def _require_type(option: Any, value: Any, where: str) -> None:
    annotation = option.type_descriptor.annotation
    kind = annotation.__args__[0] if option.multiple else annotation
    types, allowed = _ALLOWED.get(kind, _TEXT)
    values: Any = value if option.multiple else [value]
    # A bool is an int to Python, but none to TOML; a NUL ends what the system reads of a path.
    if not isinstance(values, list) or any(
        type(one) not in types or (isinstance(one, str) and "\0" in one) for one in values
    ):
        fail(f"{where}: must be {'a list, each ' if option.multiple else ''}{allowed}", _USAGE)


def _check(ctx: Any, option: Any, value: Any, where: str) -> None:
    # An empty `net_allow` reads as if it let nothing pass, and the default is all.
    if option.multiple and not value:
        fail(f"{where}: is empty; leave it out for the default", _USAGE)
    try:
        option.process_value(ctx, value)
    except typer.BadParameter as error:
        fail(f"{where}: {error.message.removeprefix('Value error, ')}", _USAGE)
