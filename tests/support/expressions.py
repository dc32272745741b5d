"""What moto parses of DynamoDB's expressions, which it does for each item that it looks at."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any, NamedTuple

import pytest
from moto.dynamodb.comparisons import AttributeValue, ConditionExpressionParser
from moto.dynamodb.parsing import ast_nodes, expressions

_UpdateParser: Any = vars(expressions)["UpdateExpressionParser"]
_ConditionParser: Any = ConditionExpressionParser
_Node: Any = vars(ast_nodes)["Node"]
_Traverser: Any = vars(ast_nodes)["DepthFirstTraverser"]
_update_of = cache(_UpdateParser.make)
_parse = _ConditionParser.parse
_make_operand = _ConditionParser._make_operand
_is_node: Callable[[Any], bool] = cache(lambda kind: issubclass(kind, _Node))
_processed_as: dict[tuple[Any, Any], Any] = {}
"""The class by which a class of traversers processes a class of nodes, or None."""


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
    patch.setattr(_Traverser, "traverse_node_recursively", _traverse)
    patch.setattr(_Node, "__deepcopy__", _copy_of_node, raising=False)
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


def _traverse(traverser: Any, node: Any, child_id: int = -1) -> Any:
    if not _is_node(type(node)):
        return node
    for index, child in enumerate(node.children or ()):
        traverser.pre_processing_of_child(node, index)
        if _is_node(type(child)):
            _traverse(traverser, child, index)
    return _process(traverser, node, child_id)


def _process(traverser: Any, node: Any, child_id: int) -> Any:
    """Process a node as moto does, which looks up for each, and not once, whether to."""
    asked = (type(traverser), type(node))
    if asked not in _processed_as:
        kinds = traverser._processing_map()
        _processed_as[asked] = next((kind for kind in kinds if isinstance(node, kind)), None)
    kind = _processed_as[asked]
    if kind is None:
        return node
    parent = node.parent
    processed = traverser._processing_map()[kind](node)
    processed.parent = parent
    if parent:
        parent.children[child_id] = processed
    return processed


def _copy_of_node(node: Any, memo: dict[int, Any]) -> Any:
    """Copy a node with all that it leads to, as ``deepcopy`` does, which asks more of each."""

    def copied(value: Any) -> Any:
        if _is_node(type(value)):
            return memo[id(value)] if id(value) in memo else _copy_of_node(value, memo)
        if isinstance(value, list):
            return [copied(each) for each in value]
        return value if value is None or isinstance(value, str) else deepcopy(value, memo)

    made = object.__new__(type(node))
    memo[id(node)] = made
    for name, value in vars(node).items():
        setattr(made, name, copied(value))
    return made
