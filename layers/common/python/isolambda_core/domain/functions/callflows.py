"""Check a callflow, which tells Kazoo how a call continues.

Kx: priv/couchdb/schemas/callflows.action.json; K: core/kazoo_documents (kzd_callflows).
"""

from collections.abc import Iterator, Mapping
from itertools import islice

from isolambda_core.domain import limits
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_text import JsonValue

MODULES = frozenset(
    # A paragraph reads better than a column.
    """
    acdc_agent acdc_member acdc_queue acdc_wait_time after_bridge answer audio_macro branch_bnumber
    branch_variable call_forward call_waiting callflow camping_feature check_cid cidlistmatch
    collect_dtmf conference conference_feature dead_air device directory disa do_not_disturb
    dynamic_cid eavesdrop eavesdrop_feature edr fax_detect faxbox flush_dtmf function group
    group_pickup group_pickup_feature hangup hotdesk intercept intercept_feature intercom language
    lookupcidname manual_presence menu missed_call_alert move nomorobo noop notification offnet
    page_group park pivot play prepend_cid privacy receive_fax record_call record_caller resources
    response ring_group ring_group_toggle route_to_cid send_dtmf set set_alert_info set_cid
    set_variable set_variables skel sleep temporal_route transfer tts user voicemail
    wait_for_hangup webhook
    """.split()  # noqa: SIM905
)
"""Every module for which Kazoo has a schema (Kx: priv/couchdb/schemas/callflows.*.json)."""

_MODULE_CHARACTERS = 64
_Path = tuple[str, ...]


def check_callflow(value: JsonValue, function_id: str | None = None) -> Iterator[Violation]:
    """Yield the violations of a callflow.

    ``function_id`` is the function that answers with it: a callflow that hands the call back to the
    same function, with no choice of the caller's in between, would loop for ever.
    """
    nodes: list[tuple[_Path, JsonValue, bool]] = [((), value, True)]
    seen = 0
    while nodes:
        path, node, inevitable = nodes.pop()
        seen += 1
        if seen + len(nodes) > limits.CALLFLOW_NODES or len(path) >= 2 * limits.CALLFLOW_DEPTH:
            yield _too_large()
            return
        if not isinstance(node, Mapping):
            yield Violation(path, "type", "object", node)
            continue
        yield from _check_module(path, node)
        if inevitable and _hands_to(node, function_id):
            back = "the callflow hands the call back to itself"
            yield Violation(path, "error", None, None, message=back)
        yield from _check_children(path, node)
        # The last is taken first. One too many is enough to know that there are too many.
        nodes += reversed(
            [
                ((*path, "children", key), child, inevitable and key == "_")
                for key, child in islice(_children(node).items(), limits.CALLFLOW_NODES)
            ]
        )


def _check_module(path: _Path, node: Mapping[str, JsonValue]) -> Iterator[Violation]:
    data = node.get("data", {})
    if not isinstance(data, Mapping):
        yield Violation((*path, "data"), "type", "object", data)
    if "module" not in node:
        yield Violation((*path, "module"), "required", None, "module")
        return
    module = node["module"]
    at = (*path, "module")
    if not isinstance(module, str):
        yield Violation(at, "type", "string", module)
    elif not module:
        yield Violation(at, "minLength", 1, module)
    elif len(module) > _MODULE_CHARACTERS:
        yield Violation(at, "maxLength", _MODULE_CHARACTERS, module)
    elif module not in MODULES:
        unknown = f"unable to find callflow schema for module {module}"
        yield Violation(at, "error", None, module, message=unknown)


def _hands_to(node: Mapping[str, JsonValue], function_id: str | None) -> bool:
    data = node.get("data")
    return (
        function_id is not None
        and node.get("module") == "function"
        and isinstance(data, Mapping)
        and data.get("id") == function_id
    )


def _check_children(path: _Path, node: Mapping[str, JsonValue]) -> Iterator[Violation]:
    children = node.get("children", {})
    if not isinstance(children, Mapping):
        yield Violation((*path, "children"), "type", "object", children)
    elif "" in children:
        yield Violation((*path, "children", ""), "minLength", 1, "")


def _children(node: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    children = node.get("children")
    return children if isinstance(children, Mapping) else {}


def _too_large() -> Violation:
    message = (
        f"a callflow must not have more than {limits.CALLFLOW_NODES} nodes, "
        f"{limits.CALLFLOW_DEPTH} of them below each other"
    )
    return Violation((), "error", None, None, message=message)
