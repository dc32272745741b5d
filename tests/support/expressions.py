"""What moto parses of DynamoDB's expressions, which it does for each item that it looks at."""

from functools import cache
from typing import Any, NamedTuple

import pytest
from moto.dynamodb.comparisons import AttributeValue, ConditionExpressionParser
from moto.dynamodb.parsing import ast_nodes, expressions

_UpdateParser: Any = vars(expressions)["UpdateExpressionParser"]
_ConditionParser: Any = ConditionExpressionParser
_Traverser: Any = vars(ast_nodes)["DepthFirstTraverser"]
_update_of = cache(_UpdateParser.make)
_parse = _ConditionParser.parse
_make_operand = _ConditionParser._make_operand
_nodes_to_be_processed = _Traverser.nodes_to_be_processed


class _Condition(NamedTuple):
    """A condition without its values: its tree, and what it names."""

    tree: Any
    names: list[str]
    values: list[str]


class _Unknown(dict[str, str]):
    """Values that stand for themselves until they are known."""

    def __missing__(self, name: str) -> str:
        return name


def parse_expressions_once(patch: pytest.MonkeyPatch) -> None:
    """Parse each expression of moto's once, and put in the values of each request."""
    patch.setattr(_UpdateParser, "make", _update_of)
    patch.setattr(_Traverser, "nodes_to_be_processed", _nodes_once())
    patch.setattr(_ConditionParser, "parse", _with_values)
    patch.setattr(_ConditionParser, "_make_operand", _operand_with_value)


@cache
def _condition_of(expression: str, names: tuple[tuple[str, str], ...]) -> _Condition:
    parser = _ConditionParser(expression, dict(names), _Unknown())
    parser._make_op_condition = lambda tree: tree
    return _Condition(_parse(parser), parser.expr_attr_names_found, parser.expr_attr_values_found)


def _with_values(parser: Any) -> Any:
    if not parser.condition_expression:
        return _parse(parser)
    names = (parser.expression_attribute_names or {}).items()
    condition = _condition_of(parser.condition_expression, tuple(names))
    parser.expr_attr_names_found.extend(condition.names)
    parser.expr_attr_values_found.extend(condition.values)
    return parser._make_op_condition(condition.tree)


def _operand_with_value(parser: Any, node: Any) -> Any:
    if node.kind == _ConditionParser.Kind.EXPRESSION_ATTRIBUTE_VALUE:
        return AttributeValue(parser._lookup_expression_attribute_value(node.value))
    return _make_operand(parser, node)


def _nodes_once() -> Any:
    """Return a method that looks up once a class, and not for each node, which nodes it is for."""
    known: dict[type, Any] = {}

    def nodes_to_be_processed(traverser: Any) -> Any:
        kind = type(traverser)
        if kind not in known:
            known[kind] = _nodes_to_be_processed(traverser)
        return known[kind]

    return nodes_to_be_processed
