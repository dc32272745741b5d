"""Event patterns and events, for every judge of them: ours, and a TestEventPattern endpoint."""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]


def event(detail: Any = None, **keys: Any) -> Json:
    """Return an event as the bus delivers it."""
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": "Order placed",
        "source": "shop.orders",
        "account": "123456789012",
        "time": "2026-11-22T10:20:30Z",
        "region": "eu-central-1",
        "resources": ["isolambda:" + "a" * 32],
        "detail": {} if detail is None else detail,
        **keys,
    }


def _in_detail(*items: Any) -> Json:
    return {"detail": {"x": list(items)}}


def _each(pattern: Json, verdicts: list[tuple[Any, bool]]) -> list[tuple[Json, Json, bool]]:
    """Return a case for each value that ``detail.x`` may have."""
    return [(pattern, event({"x": value}), matched) for value, matched in verdicts]


_OR = {
    "$or": [{"detail": {"a": [1]}}, {"detail": {"b": [{"exists": True}]}}, {"source": ["other"]}]
}
_TOGETHER = {"detail": {"items": {"kind": ["book"], "count": [{"numeric": [">", 1]}]}}}
_NESTED_OR = {
    "source": ["shop.orders"],
    "$or": [
        {"detail": {"a": [1], "$or": [{"b": [2]}, {"c": [3]}]}},
        {"detail-type": [{"prefix": "Order"}], "$or": [{"detail": {"d": [4]}}, {"id": ["7"]}]},
    ],
}

CASES: list[tuple[Json, Json, bool]] = [
    # the event around detail
    ({"source": ["shop.orders"]}, event(), True),
    ({"source": ["shop"]}, event(), False),
    ({"source": ["shop.orders"], "detail-type": ["Order placed"]}, event(), True),
    ({"source": ["shop.orders"], "detail-type": ["Order paid"]}, event(), False),
    ({"time": [{"prefix": "2026-11-22"}]}, event(), True),
    ({"id": [{"exists": True}]}, event(), True),
    ({"source": [{"exists": False}]}, event(), False),
    ({"detail": [{"exists": False}]}, event(), True),  # an object has no value of its own
    ({"detail": {"x": ["y"]}}, event("no object"), False),
    # values
    *_each(_in_detail("a", 1, None), [("a", True), (1, True), (1.0, True), (None, True)]),
    *_each(_in_detail("a", 1, None), [("A", False), ("1", False), (True, False), (False, False)]),
    *_each(_in_detail(True), [(True, True), (1, False), ("true", False), (False, False)]),
    *_each(_in_detail(False), [(False, True), (0, False), (None, False)]),
    *_each(_in_detail(""), [("", True), (" ", False), (None, False)]),
    *_each(_in_detail(3.018e2), [(301.8, True), (301, False)]),
    (_in_detail("a"), event({}), False),
    # arrays
    *_each(_in_detail("a"), [(["b", "a"], True), ([["b"], ["c", ["a"]]], True), ([], False)]),
    *_each(_in_detail("a"), [([{"x": "a"}], False), ({"x": "a"}, False), ([None, "aa"], False)]),
    (
        _TOGETHER,
        event({"items": [{"kind": "pen", "count": 1}, {"kind": "book", "count": 2}]}),
        True,
    ),
    (
        _TOGETHER,
        event({"items": [{"kind": "pen", "count": 2}, {"kind": "book", "count": 1}]}),
        False,
    ),
    (_TOGETHER, event({"items": [[], [{"kind": ["pen", "book"], "count": [0, 9]}]]}), True),
    (_TOGETHER, event({"items": "book"}), False),
    ({"detail": {"a": {"b": {"c": [1]}}}}, event({"a": [{"b": [{"c": 0}, {"c": [1]}]}]}), True),
    # prefix and suffix
    *_each(_in_detail({"prefix": "ab"}), [("ab", True), ("abc", True), ("a", False), (5, False)]),
    *_each(_in_detail({"prefix": ""}), [("", True), ("x", True), (None, False), (1, False)]),
    *_each(_in_detail({"suffix": ".png"}), [("a.png", True), (".PNG", False), ("png", False)]),
    *_each(
        _in_detail({"prefix": {"equals-ignore-case": "EventB"}}),
        [("eventBridge", True), ("EVENTB", True), ("event", False), ("an eventb", False)],
    ),
    *_each(
        _in_detail({"suffix": {"equals-ignore-case": "tBridge"}}),
        [("eventbridge", True), ("TBRIDGE", True), ("tbridges", False), ("tbridge\n", False)],
    ),
    *_each(_in_detail({"suffix": {"equals-ignore-case": "ß"}}), [("xSS", True), ("xs", False)]),
    # in any case
    *_each(
        _in_detail({"equals-ignore-case": "Alice"}),
        [("ALICE", True), ("alice", True), ("alice ", False), (None, False)],
    ),
    *_each(_in_detail({"equals-ignore-case": "straße"}), [("STRASSE", True), ("strasse", False)]),
    *_each(_in_detail({"equals-ignore-case": "a.c"}), [("A.C", True), ("abc", False)]),
    # wildcard
    *_each(
        _in_detail({"wildcard": "dir/*/*.png"}),
        [
            ("dir/a/b.png", True),
            ("dir//.png", True),
            ("dir/b.png", False),
            ("dir/a/b.png\n", False),
        ],
    ),
    *_each(_in_detail({"wildcard": "*"}), [("", True), ("a\nb", True), (1, False), ({}, False)]),
    *_each(_in_detail({"wildcard": "a*a"}), [("aa", True), ("aba", True), ("a", False)]),
    *_each(_in_detail({"wildcard": "*ab*ab*"}), [("abab", True), ("aabbab", True), ("ab", False)]),
    *_each(
        _in_detail({"wildcard": "a\\*\\\\*"}), [("a*\\c", True), ("ab\\c", False), ("a*c", False)]
    ),
    *_each(_in_detail({"wildcard": "a?[b]"}), [("a?[b]", True), ("axb", False)]),
    *_each(_in_detail({"wildcard": "*ab*b"}), [("abb", True), ("ab", False)]),
    *_each(_in_detail({"wildcard": "plain"}), [("plain", True), ("plainly", False)]),
    # anything but
    *_each(_in_detail({"anything-but": "a"}), [("b", True), ("a", False), (5, True), (None, True)]),
    *_each(
        _in_detail({"anything-but": ["a", "b"]}), [("c", True), ("b", False), (["b", "c"], True)]
    ),
    *_each(
        _in_detail({"anything-but": [1, 2]}), [(3, True), (2.0, False), ("1", True), ([], False)]
    ),
    *_each(_in_detail({"anything-but": 0}), [(False, True), (0, False), ({"y": 1}, False)]),
    (_in_detail({"anything-but": "a"}), event({}), False),
    *_each(
        _in_detail({"anything-but": {"prefix": ["in", "ex"]}}),
        [("out", True), ("inner", False), ("exit", False), (7, True)],
    ),
    *_each(_in_detail({"anything-but": {"suffix": "s"}}), [("one", True), ("ones", False)]),
    *_each(
        _in_detail({"anything-but": {"equals-ignore-case": ["init", "Stop"]}}),
        [("start", True), ("INIT", False), ("sTOP", False)],
    ),
    *_each(_in_detail({"anything-but": {"wildcard": "*/lib/*"}}), [("/l", True), ("/lib/", False)]),
    # numbers
    *_each(
        _in_detail({"numeric": [">", 0, "<=", 5]}),
        [(0, False), (0.5, True), (5, True), (5.5, False), ("3", False), (True, False)],
    ),
    *_each(_in_detail({"numeric": ["=", 301.8]}), [(3.018e2, True), (301, False), (None, False)]),
    *_each(_in_detail({"numeric": [">=", -1, "<", 1]}), [(-1, True), (1, False), ([7, 0], True)]),
    *_each(_in_detail({"numeric": ["<", 10]}), [(-1e300, True), (10, False)]),
    # addresses
    *_each(
        _in_detail({"cidr": "10.0.0.9/24"}),
        [("10.0.0.255", True), ("10.0.1.0", False), ("10.0.0.256", False), (167772161, False)],
    ),
    *_each(
        _in_detail({"cidr": "2001:db8::/32"}),
        [
            ("2001:db8::7", True),
            ("2001:db9::", False),
            ("32.1.13.184", False),
            ("fe80::1%0", False),
        ],
    ),
    *_each(_in_detail({"cidr": "0.0.0.0/0"}), [("255.255.255.255", True), ("::", False)]),
    # exists
    *_each(_in_detail({"exists": True}), [(None, True), ("", True), ({}, False), ([], False)]),
    *_each(
        _in_detail({"exists": False}), [(None, False), ({"y": 1}, True), ([], True), ([0], False)]
    ),
    (_in_detail({"exists": False}), event({}), True),
    (_in_detail({"exists": False}), event("no object"), True),
    (_in_detail({"exists": False}, "a"), event({"x": "a"}), True),
    (_in_detail({"exists": False}, "a"), event({"y": "a"}), True),
    (_in_detail({"exists": False}, "a"), event({"x": "b"}), False),
    # $or
    (_OR, event({"a": 1}), True),
    (_OR, event({"a": 2}), False),
    (_OR, event({"b": 0}), True),
    (_OR, event({"a": 2}, source="other"), True),
    (_NESTED_OR, event({"a": 1, "c": 3}), True),
    (_NESTED_OR, event({"a": 1, "b": 3}), False),
    (_NESTED_OR, event({"d": 4}), True),
    (_NESTED_OR, event({"d": 4}, source="other"), False),
    (_NESTED_OR, event({}, id="7", **{"detail-type": "Payment"}), False),
    (
        {
            "detail": {"i": {"a": [1]}},
            "$or": [{"detail": {"i": {"b": [2]}}}, {"source": ["other"]}],
        },
        event({"i": [{"a": 1}, {"b": 2}]}),
        False,
    ),
    (
        {
            "detail": {"i": {"a": [1]}},
            "$or": [{"detail": {"i": {"b": [2]}}}, {"source": ["other"]}],
        },
        event({"i": [{"b": 2}, {"a": 1, "b": 2}]}),
        True,
    ),
]
"""A pattern, an event, and whether they match."""

REFUSED: list[Any] = [
    {},
    {"source": "shop.orders"},
    {"source": []},
    {"detail": {}},
    {"detail": {"x": {}}},
    {"detail": {"x": None}},
    _in_detail(["a"]),
    _in_detail({}),
    _in_detail({"prefix": "a", "suffix": "b"}),
    _in_detail({"contains": "a"}),
    _in_detail({"prefix": 5}),
    _in_detail({"prefix": {}}),
    _in_detail({"prefix": {"suffix": "a"}}),
    _in_detail({"suffix": {"equals-ignore-case": None}}),
    _in_detail({"equals-ignore-case": ["a"]}),
    _in_detail({"wildcard": "a**b"}),
    _in_detail({"wildcard": "\\a"}),
    _in_detail({"wildcard": "a\\"}),
    _in_detail({"wildcard": ["a*"]}),
    _in_detail({"exists": "true"}),
    _in_detail({"exists": 1}),
    _in_detail({"cidr": "10.0.0.0"}),
    _in_detail({"cidr": "10.0.0.0/32"}),
    _in_detail({"cidr": "10.0.0/24"}),
    _in_detail({"cidr": "10.0.0.256/24"}),
    _in_detail({"cidr": "10.0.0.0/255.255.255.0"}),
    _in_detail({"cidr": "::/128"}),
    _in_detail({"cidr": "fe80::%0/64"}),
    _in_detail({"cidr": "::ffff:10.0.0.0/100"}),
    _in_detail({"cidr": 10}),
    _in_detail({"numeric": 5}),
    _in_detail({"numeric": []}),
    _in_detail({"numeric": ["="]}),
    _in_detail({"numeric": ["!=", 5]}),
    _in_detail({"numeric": ["=", "5"]}),
    _in_detail({"numeric": ["=", True]}),
    _in_detail({"numeric": ["<", 5, ">", 0]}),
    _in_detail({"numeric": [">", 5, "<", 5]}),
    _in_detail({"numeric": [">", 0, "<"]}),
    _in_detail({"numeric": [">", 0, "<", 5, "<", 4]}),
    _in_detail({"numeric": ["<", 2**53 + 1]}),
    _in_detail({"numeric": ["<", 10**400]}),
    _in_detail({"anything-but": []}),
    _in_detail({"anything-but": None}),
    _in_detail({"anything-but": True}),
    _in_detail({"anything-but": ["a", 1]}),
    _in_detail({"anything-but": [True]}),
    _in_detail({"anything-but": {}}),
    _in_detail({"anything-but": {"cidr": "10.0.0.0/8"}}),
    _in_detail({"anything-but": {"prefix": ""}}),
    _in_detail({"anything-but": {"suffix": ["a", ""]}}),
    _in_detail({"anything-but": {"prefix": {"equals-ignore-case": "a"}}}),
    _in_detail({"anything-but": {"wildcard": []}}),
    _in_detail({"anything-but": {"wildcard": ["a*", 1]}}),
    {"$or": [{"source": ["a"]}, {"detail": []}]},
    {"$or": [{"source": ["a"]}, {}]},
    {"$or": [{"source": ["a"]}]},
    {"$or": []},
    {"detail": {f"k{i}": {"$or": [{"a": [1]}, {"b": [1]}]} for i in range(10)}},
    {"$or": [{"detail": {"$or": [{"a": [i]}, {"b": [i]}]}} for i in range(9)]},
    {"$or": [{"detail": {"$or": [{f"k{i}": [1]} for i in range(40)]}} for _ in range(26)]},
]
"""Patterns that EventBridge does not take."""
