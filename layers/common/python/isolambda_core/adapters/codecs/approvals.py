"""Encode an approval as JSON text."""

from dataclasses import asdict
from typing import Any, cast

from isolambda_core.domain.json_text import dump, parse
from isolambda_core.domain.tools.approvals import Approval, ApprovalStatus


def dump_approval(approval: Approval) -> str:
    """Return an approval as ASCII JSON."""
    return dump(asdict(approval))


def load_approval(text: str) -> Approval:
    """Return the approval that :func:`dump_approval` wrote."""
    fields = cast("dict[str, Any]", parse(text))
    return Approval(**{**fields, "status": ApprovalStatus(fields["status"])})
