"""Accounts on the stack."""

import pytest

from tests.stack.stack import Stack
from tests.support.tenants import Tenant, tenant_of


@pytest.fixture
def tenant(stack: Stack) -> Tenant:
    """An account that no other test uses."""
    return tenant_of(stack)
