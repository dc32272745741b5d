"""The words of options that name hosts."""

import typer

from isolambda_core.domain.host_patterns import InvalidHostPatternError
from isolambda_core.domain.http_hosts import check_http_hosts
from isolambda_core.domain.net import ceiling_of

NO_HOST = "none"
"""What stands for no host where an option leaves what there is as it is."""


def checked_hosts(words: list[str] | None) -> list[str] | None:
    """Return the words of an option that allows hosts; ``net.ceiling_of`` says what they are."""
    try:
        ceiling_of(words or ())
    except InvalidHostPatternError as error:
        raise typer.BadParameter(str(error)) from error
    return words


def checked_http_hosts(words: list[str] | None) -> list[str] | None:
    """Return the words of an option that names hosts of functions, as ``http_hosts`` has them."""
    for violation in check_http_hosts(words or ()):
        raise typer.BadParameter(f"{violation.value}: {violation.message}")
    return words


def checked_http_hosts_or_none(words: list[str] | None) -> list[str] | None:
    """Return such words, or the word ``none`` alone."""
    return words if words == [NO_HOST] else checked_http_hosts(words)
