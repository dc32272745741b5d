"""Encode an alias as JSON text."""

from dataclasses import asdict
from typing import Any, cast

from isolambda_core.domain.functions.aliases import (
    Alias,
    Contract,
    Move,
    Shadow,
    Target,
)
from isolambda_core.domain.json_text import dump, parse


def dump_alias(alias: Alias) -> str:
    """Return an alias as ASCII JSON."""
    return dump(asdict(alias))


def load_alias(text: str) -> Alias:
    """Return the alias that :func:`dump_alias` wrote."""
    fields = cast("dict[str, Any]", parse(text))
    moves = tuple(
        Move(**{**move, "before": Target(**move["before"]), "after": Target(**move["after"])})
        for move in fields["moves"]
    )
    contract = Contract(fields.get("contract", Contract.OFF))
    shadow = Shadow(**fields.get("shadow", {}))
    target = Target(**fields["target"])
    read = {"target": target, "moves": moves, "contract": contract, "shadow": shadow}
    return Alias(**{**fields, **read})
