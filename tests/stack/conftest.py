"""Accounts on the stack."""

import pytest

from tests.end_to_end.conftest import Tenant, tenant_of
from tests.stack.stack import Stack


@pytest.fixture
def tenant(stack: Stack) -> Tenant:
    """An account that nobody else uses."""
    return tenant_of(stack)
