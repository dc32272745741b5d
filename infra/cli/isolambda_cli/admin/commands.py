"""The commands ``isolambda admin``."""

import typer

from isolambda_cli.lazy import LazyCommand, group_of

COMMANDS = (
    LazyCommand(
        "accounts",
        "isolambda_cli.admin.accounts",
        "Make, list, disable and enable accounts.",
    ),
    LazyCommand("keys", "isolambda_cli.admin.keys", "Make, list, rotate and revoke API keys."),
    LazyCommand(
        "secrets",
        "isolambda_cli.admin.secrets",
        "Put, list and remove secrets; no command shows a value.",
    ),
    LazyCommand(
        "kv",
        "isolambda_cli.admin.key_values",
        "Read, write, list and remove what functions keep as values.",
    ),
    LazyCommand(
        "audit",
        "isolambda_cli.admin.audit",
        "Show what was changed in an account, and who changed it.",
    ),
    LazyCommand("events", "isolambda_cli.admin.events", "Replay recorded events of AWS."),
    LazyCommand(
        "dead-letters",
        "isolambda_cli.admin.dead_letters",
        "List and redrive what failed for good.",
    ),
    LazyCommand(
        "export",
        "isolambda_cli.admin.export",
        "Write accounts with all that they have into files, without their keys.",
    ),
    LazyCommand(
        "import",
        "isolambda_cli.admin.import_",
        "Write an export into an installation: ids, numbers and times stay.",
    ),
)

app = typer.Typer(cls=group_of(COMMANDS), add_completion=False)


@app.callback()
def admin() -> None:
    """Operate an installation, with your own rights.

    Works on the data directory of this machine or on a deployed stack; it needs no API key.
    """
