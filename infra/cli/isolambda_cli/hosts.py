"""The words of an option that allows hosts."""

import typer

from isolambda_core.domain.host_patterns import InvalidHostPatternError
from isolambda_core.domain.net import ceiling_of


def checked_hosts(words: list[str] | None) -> list[str] | None:
    """Return the words of an option that allows hosts; ``net.ceiling_of`` says what they are."""
    try:
        ceiling_of(words or ())
    except InvalidHostPatternError as error:
        raise typer.BadParameter(str(error)) from error
    return words
