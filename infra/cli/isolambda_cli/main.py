"""The command ``isolambda``."""

from typing import Annotated

import typer

from isolambda_cli.command import NAME
from isolambda_cli.lazy import LazyCommand, group_of
from isolambda_core import __version__

_FOR_ALL, _PROJECT, _ACCOUNT, _SERVER = "Begin", "In a project", "In an account", "On a server"

COMMANDS = (
    LazyCommand(
        "login",
        "isolambda_cli.author.login",
        "Keep a server and an API key as a profile.",
        panel=_FOR_ALL,
    ),
    LazyCommand(
        "logout", "isolambda_cli.author.logout", "Forget a profile with its key.", panel=_FOR_ALL
    ),
    LazyCommand(
        "profiles",
        "isolambda_cli.author.profiles",
        "List the profiles, or choose the one to use when none is named.",
        panel=_FOR_ALL,
    ),
    LazyCommand(
        "doctor",
        "isolambda_cli.author.doctor",
        "Say what works here, what is missing, and what to do.",
        panel=_FOR_ALL,
    ),
    LazyCommand(
        "completion",
        "isolambda_cli.author.completion",
        "Print what has a shell complete commands and options.",
        panel=_FOR_ALL,
    ),
    LazyCommand(
        "init",
        "isolambda_cli.project.init",
        "Write a new project: a function with a test, its manifest, and types.",
        panel=_PROJECT,
    ),
    LazyCommand(
        "dev",
        "isolambda_cli.dev.command",
        "Serve the project on this machine, and follow its files.",
        panel=_PROJECT,
    ),
    LazyCommand(
        "test",
        "isolambda_cli.testing.command",
        "Run the tests and the saved calls of the project in the executor that serves.",
        panel=_PROJECT,
    ),
    LazyCommand(
        "deploy",
        "isolambda_cli.project.deploy",
        "Have the account hold the functions and triggers of the project.",
        panel=_PROJECT,
    ),
    LazyCommand(
        "diff",
        "isolambda_cli.project.diff",
        "Show what a deployment would change; exit with 1 if there is anything.",
        panel=_PROJECT,
    ),
    LazyCommand(
        "pull",
        "isolambda_cli.project.pull",
        "Write the files of a function of the account into the project.",
        panel=_PROJECT,
    ),
    LazyCommand(
        "rollback",
        "isolambda_cli.project.rollback",
        "Have an alias of a function stand for the version before.",
        panel=_PROJECT,
    ),
    LazyCommand(
        "shadow",
        "isolambda_cli.project.shadow",
        "Show where another version differs on live executions; with --share, begin or end it.",
        panel=_PROJECT,
    ),
    LazyCommand(
        "types",
        "isolambda_cli.author.types",
        "Write the types of what a function has, for editors.",
        panel=_PROJECT,
    ),
    LazyCommand(
        "schema",
        "isolambda_cli.schema.command",
        "Propose the schemas of a function.",
        panel=_PROJECT,
    ),
    LazyCommand(
        "functions",
        "isolambda_cli.author.functions",
        "List the functions of the account, by name.",
        panel=_ACCOUNT,
    ),
    LazyCommand(
        "run",
        "isolambda_cli.author.run",
        "Execute a function, and show what it did.",
        panel=_ACCOUNT,
    ),
    LazyCommand(
        "logs",
        "isolambda_cli.author.logs",
        "Show executions with their console lines and errors.",
        panel=_ACCOUNT,
    ),
    LazyCommand(
        "calls",
        "isolambda_cli.author.calls",
        "Save calls of a function with what is expected, and execute them on a version.",
        panel=_ACCOUNT,
    ),
    LazyCommand(
        "replay",
        "isolambda_cli.author.replay",
        "Execute recorded inputs on two versions, and show where these differ.",
        panel=_ACCOUNT,
    ),
    LazyCommand(
        "approvals",
        "isolambda_cli.author.approvals",
        "Decide on calls of tools that a person is to approve.",
        panel=_ACCOUNT,
    ),
    LazyCommand(
        "receipts",
        "isolambda_cli.author.receipts",
        "Fetch and verify receipts of executions.",
        panel=_ACCOUNT,
    ),
    LazyCommand(
        "audit",
        "isolambda_cli.author.audit",
        "Show what was changed in the account, and who changed it.",
        panel=_ACCOUNT,
    ),
    LazyCommand(
        "secret",
        "isolambda_cli.author.secret",
        "Put, list and delete secrets; no command shows a value.",
        panel=_ACCOUNT,
    ),
    LazyCommand(
        "mcp",
        "isolambda_cli.author.mcp",
        "Serve the tools of the account to a program that starts this one.",
        panel=_ACCOUNT,
    ),
    LazyCommand(
        "open", "isolambda_cli.author.open", "Open the console in a browser.", panel=_ACCOUNT
    ),
    LazyCommand(
        "serve",
        "isolambda_cli.serve",
        "Serve on this machine, with an SQLite database.",
        panel=_SERVER,
    ),
    LazyCommand(
        "config",
        "isolambda_cli.config",
        "See the settings of a server, and where they come from.",
        panel=_SERVER,
    ),
    LazyCommand(
        "backup",
        "isolambda_cli.backup",
        "Write all that a server keeps to one file, while it serves or not.",
        panel=_SERVER,
    ),
    LazyCommand(
        "restore",
        "isolambda_cli.restore",
        "Put a backup into a directory, checked, all of it or nothing.",
        panel=_SERVER,
    ),
    LazyCommand(
        "admin",
        "isolambda_cli.admin.commands",
        "Operate an installation, with your own rights.",
        panel=_SERVER,
    ),
    *(
        LazyCommand(name, f"isolambda_cli.admin.{module}", moved=f"{NAME} admin {name}")
        for name, module in (
            ("accounts", "accounts"),
            ("keys", "keys"),
            ("secrets", "secrets"),
            ("kv", "key_values"),
            ("events", "events"),
            ("dead-letters", "dead_letters"),
        )
    ),
)
"""All commands, in the order of the help. Each line is the first one of the command's own help."""

app = typer.Typer(
    cls=group_of(COMMANDS),
    add_completion=False,
    pretty_exceptions_enable=False,  # they show more of a program than its user can use
)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"{NAME} {__version__}")
        raise typer.Exit


@app.callback()
def main(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version, and exit."
        ),
    ] = False,
) -> None:
    """Keep JavaScript functions as documents, and run them safely."""
