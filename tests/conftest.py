"""For all suites: what two of them share explains a failed assertion as a test does."""

import pytest

pytest.register_assert_rewrite("tests.cases.checks")
