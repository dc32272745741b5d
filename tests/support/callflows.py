"""Results of functions that are callflows, and such that are none."""

from isolambda_core.domain.json_text import dump
from tests.support.samples import FUNCTION

TTS = '{"module":"tts","data":{"text":"\u00e9"}}'.encode()
NO_CALLFLOWS = {
    "undefined": (None, "the function returned nothing"),
    "null": (b"null", "the result: type object"),
    "a text": (b'"tts"', "the result: type object"),
    "empty": (b"{}", "module: required"),
    "unknown": (
        b'{"module":"nonsense"}',
        "module: unable to find callflow schema for module nonsense",
    ),
    "several": (
        b'{"module":5,"data":1,"children":{"_":{"module":""}}}',
        "data: type object; module: type string; children._.module: minLength 1",
    ),
    "a loop": (
        dump(
            {"module": "tts", "children": {"_": {"module": "function", "data": {"id": FUNCTION}}}}
        ).encode(),
        "children._: the callflow hands the call back to itself",
    ),
    "too deep": (
        b"[" * 100_000 + b"]" * 100_000,
        "the result cannot be read: nested more than 512 levels deep",
    ),
    "too deep for a callflow": (
        b'{"module":"menu","children":{"_":' * 60 + TTS + b"}}" * 60,
        "the result: a callflow must not have more than 1000 nodes, 50 of them below each other",
    ),
}
"""What is no callflow, as the result of the function ``FUNCTION``, and the message about it."""
