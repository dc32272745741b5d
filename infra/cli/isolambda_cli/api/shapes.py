"""What commands take for granted in an answer: a server may be broken, or hostile.

Other keys may be there, and have any value.
"""

import re
from collections.abc import Mapping
from typing import Any

_LAST_MS = 253_402_300_799_000
"""The end of the year 9999, in Unix milliseconds: no later time can be shown."""
_LAST_S = _LAST_MS // 1000
_GREGORIAN_S = range(31_622_400, _LAST_S + 62_167_219_200)
"""From the year 1 on."""
_MS, _NONE = range(_LAST_MS), type(None)
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""It becomes a part of paths."""
_NUMBER = (int, float, _NONE)

_PLACE = {"line?": (int, _NONE), "column?": (int, _NONE)}
_WARNING = {"code": str, "field": str, "message": str, **_PLACE}
_READ_ONLY = {
    "modified?": (_GREGORIAN_S, _NONE),
    "warnings?": [_WARNING],
    "url?": str,
}
_LISTED = {"id": _ID, "name": str, "enabled?": bool, "_read_only?": _READ_ONLY}
_WRITTEN = {"_read_only?": _READ_ONLY}
_FUNCTION = {**_LISTED, "function_js?": str, "files?": Mapping}
_EXECUTION = {
    "outcome?": (str, _NONE),
    "logs?": ([{"level": str, "text": str}], _NONE),
    "error?": ({"name": str, "message": str, **_PLACE, "file?": (str, _NONE)}, _NONE),
    "usage?": ({"wall_ms?": _NUMBER}, _NONE),
}
_ENTRY = {
    **_EXECUTION,
    "execution_id": _ID,
    "function_id": _ID,
    "created_ms": _MS,
    "ended_ms?": (_MS, _NONE),
}
_SECRET = {
    "name": str,
    "hosts?": ([str], _NONE),
    "sign?": bool,
    "created?": (_GREGORIAN_S, _NONE),
    "modified?": (_GREGORIAN_S, _NONE),
}
_TRIGGER = {"id": _ID, "name": str, "type": str}
_VERSION = {"version": int}
_ALIAS = {"version": int, "additional_version": (int, _NONE)}
_DIFFERENCE = {"path": str, "kind": re.compile("changed|added|removed"), "times": int}
_TAKEN = [{"cpu_ms": (int, float), "memory_mb": (int, float), "cold": bool}]
_REPLAYED = {
    "execution_id": _ID,
    "reason": (str, _NONE),
    "differences": [_DIFFERENCE],
    "requests": [_DIFFERENCE],
    "more": int,
    "usage": {"old": _TAKEN, "new": _TAKEN},
}
_REPORT = {
    "from": str,
    "to": str,
    "executions": [_REPLAYED],
    "noise": {"paths": [str], "members": [str]},
    "next_start_key?": (str, _NONE),
}
_SHADOW = {
    "shadow": (int, float),
    "shadow_version": (int, _NONE),
    **dict.fromkeys(("compared", "equal", "different", "skipped", "dropped"), int),
    "executions": [
        {
            "execution_id": _ID,
            "differences": [_DIFFERENCE],
            "requests": [_DIFFERENCE],
            "more": int,
        }
    ],
}
_AUDIT = {
    "when_ms": _MS,
    "who": Mapping,
    "what": str,
    "target": {"id": str, "function_id?": (_ID, _NONE)},
}
_KEY = {"scopes": [str], "function_id": (str, _NONE), "expires": (_GREGORIAN_S, _NONE)}

_SHAPES: tuple[tuple[re.Pattern[str], Any], ...] = tuple(
    (re.compile(f"(?:{methods}) (?:/v2/accounts/[^/]+/)?{path}"), shape)
    for methods, path, shape in (
        ("PUT", "/v2/api_auth", {"account_id": str, "account_name": str}),
        ("GET", "/v2/token_auth", {"key": (_KEY, _NONE)}),
        ("GET", "functions", [_LISTED]),
        ("GET", "functions/[^/]+", _FUNCTION),
        ("PUT|POST|PATCH", "functions(?:/[^/]+)?", _WRITTEN),
        ("POST", "functions/[^/]+/execute", {**_EXECUTION, "outcome": str}),
        ("GET", "functions/[^/]+/executions/[^/]+", Mapping),
        ("POST", "functions/[^/]+/replays", _REPORT),
        ("GET", "logs", {"entries": [_ENTRY], "cursor": str}),
        ("GET", "audit", [_AUDIT]),
        ("GET", "(?:functions/[^/]+/)?secrets", [_SECRET]),
        ("PUT", "(?:functions/[^/]+/)?secrets/[^/]+", _SECRET),
        ("GET", "functions/[^/]+/triggers", [_TRIGGER]),
        ("GET", "functions/[^/]+/triggers/[^/]+", _TRIGGER),
        ("PUT|PATCH", "functions/[^/]+/triggers(?:/[^/]+)?", _WRITTEN),
        ("GET", "functions/[^/]+/versions/[^/]+", Mapping),
        ("PUT", "functions/[^/]+/versions", _VERSION),
        ("GET|PUT|PATCH", "functions/[^/]+/aliases(?:/[^/]+)?", _ALIAS),
        ("POST", "functions/[^/]+/aliases/[^/]+/rollback", _VERSION),
        ("GET", "functions/[^/]+/aliases/[^/]+/shadow", _SHADOW),
    )
)
"""By method and path, below the account or the server."""


def misfit(method: str, path: str, data: Any) -> str | None:
    """Return where ``data`` lacks what commands need of an answer; None where it lacks nothing."""
    for pattern, shape in _SHAPES:
        if pattern.fullmatch(f"{method} {path}") is not None:
            return _misfit(data, shape, "data")
    return None


def _misfit(value: Any, shape: Any, place: str) -> str | None:
    if isinstance(shape, tuple):
        found = [_misfit(value, each, place) for each in shape]
        return None if None in found else found[0]
    if isinstance(shape, Mapping):
        return _misfit_of_keys(value, shape, place)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return place
        places = (_misfit(each, shape[0], f"{place}[{i}]") for i, each in enumerate(value))
        return next(filter(None, places), None)
    return None if _fits(value, shape) else place


def _fits(value: Any, shape: type | range | re.Pattern[str]) -> bool:
    if isinstance(shape, re.Pattern):
        return isinstance(value, str) and shape.fullmatch(value) is not None
    # True is an int to Python alone.
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(shape, range):
        return is_integer and value in shape
    return is_integer if shape is int else isinstance(value, shape)


def _misfit_of_keys(value: Any, shape: Mapping[str, Any], place: str) -> str | None:
    if not isinstance(value, Mapping):
        return place
    for key, inner in shape.items():
        name = key.removesuffix("?")
        if name not in value:
            if key == name:
                return f"{place}.{name}"
            continue
        found = _misfit(value[name], inner, f"{place}.{name}")
        if found is not None:
            return found
    return None
