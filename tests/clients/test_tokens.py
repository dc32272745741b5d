"""What code mode takes of a model's context, as a tokenizer counts."""

import json

import pytest

from isolambda_api.mcp.code import CODE_TOOLS
from tests.bench.many_tools import TOKENS
from tests.clients.programs import ENVIRONMENTS
from tests.support.tokens import token_counts

pytestmark = pytest.mark.skipif(
    not (ENVIRONMENTS / "tokens/node_modules").exists(), reason="no tokenizer: make setup-clients"
)


def test_the_tokenizer_counts_tokens() -> None:
    assert token_counts(["", "hello world", "<|endoftext|>"]) == [0, 2, 7]


def test_what_a_model_lists_in_code_mode_takes_few_tokens_whatever_the_account_has() -> None:
    [tokens] = token_counts([json.dumps(CODE_TOOLS)])

    assert 100 < tokens <= TOKENS
