"""Encode a secret, whose values are sealed, as JSON text."""

from dataclasses import asdict
from typing import Any, cast

from isolambda_core.domain.json_text import dump, parse
from isolambda_core.domain.secrets.secrets import Place, Secret


def dump_secret(secret: Secret) -> str:
    """Return a secret as ASCII JSON."""
    return dump(asdict(secret))


def load_secret(text: str) -> Secret:
    """Return the secret that :func:`dump_secret` wrote."""
    fields = cast("dict[str, Any]", parse(text))
    return Secret(**{**fields, "place": Place(**fields["place"]), "hosts": tuple(fields["hosts"])})
