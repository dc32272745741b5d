"""Check values against schemas by ``jsonschema_rs``, which is imported with the first schema.

It gets schemas as :func:`expanded` makes them: without references, formats and words that it could
take for something. Its regular expressions take linear time.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

from isolambda_core.adapters.json_schemas.faults import fault_of, outside
from isolambda_core.adapters.json_schemas.kept import Kept
from isolambda_core.domain.errors import Violation
from isolambda_core.domain.json_text import (
    InvalidJsonError,
    JsonValue,
    dump,
    dump_readable,
    parse,
)
from isolambda_core.domain.limits import (
    SCHEMA_PATTERN_BYTES,
    SCHEMA_WORK,
    SCHEMAS_KEPT,
    SCHEMAS_KEPT_BYTES,
)
from isolambda_core.domain.schemas.contract import Fault
from isolambda_core.domain.schemas.documents import check_schema, patterns_in
from isolambda_core.domain.schemas.expansion import expanded
from isolambda_core.domain.schemas.work import compares_items, units_of
from isolambda_core.ports.schemas import Schema

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

_NO_PATTERN: Final = (
    "The pattern is none that takes linear time: look-around and back-references take more, and "
    f"repetitions must not make it larger than {SCHEMA_PATTERN_BYTES} bytes"
)
_NO_SCHEMA: Final = "The schema cannot be compiled"
_HALF_OF_A_PAIR: Final = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""What a lone surrogate begins with in JSON; a whole pair does, too."""
_LARGE: Final = re.compile(rb"[\[:,\s]-?\d{19}")
"""What an integer begins with of which the library compares each with each, to find one twice."""
_TIERS: Final = (4_096, 16_384, SCHEMA_PATTERN_BYTES)
"""Sizes of compiled patterns, of which each is for all that are larger than the one before."""
_BYTES_OF_A_UNIT: Final = 160
_BYTES_OF_A_CHARACTER: Final = 20
"""About what a compiled schema takes, without its patterns."""
_VALIDATORS: Final = 2
"""Of a schema: one that tells whether a value fits, and one that tells where it does not."""
_COPIED: Final = 255


class JsonSchemaChecker:
    """The port ``SchemaChecker``; it keeps the schemas compiled that were used last."""

    def __init__(self) -> None:
        self._kept = Kept(compiled, SCHEMAS_KEPT, SCHEMAS_KEPT_BYTES)

    def check(self, schema: JsonValue) -> Iterator[Violation]:
        """Yield what is wrong with a schema, its patterns included; paths start at the schema."""
        violations = list(check_schema(schema))
        yield from violations
        if violations or not isinstance(schema, Mapping):
            return
        faulty = False
        for path, pattern in patterns_in(schema):
            if _size_of(pattern) is None:
                faulty = True
                yield Violation(path, "error", None, None, _NO_PATTERN)
        if not faulty and self._kept.get(dump(schema)) is None:
            yield Violation((), "error", None, None, _NO_SCHEMA)

    def first_fault(self, schema: Schema, text: bytes) -> Fault | None:
        """Return where a value, as JSON in UTF-8, does not fit a schema, or None.

        A schema that is none, of before it had a meaning, has no faults.
        """
        ready = self._kept.get(dump(schema))
        return None if ready is None else ready.first_fault(text)


class _Compiled:
    """A schema that is ready to check values; ``pattern_bytes`` is how large its patterns are."""

    def __init__(self, schema: JsonValue) -> None:
        self._schema = schema
        self._validator = _validator(schema)
        self.pattern_bytes = 0
        self._units = units_of(schema, self._units_of_pattern)
        self._compares_items = compares_items(schema)

    def first_fault(self, text: bytes) -> Fault | None:
        pairs = len(_LARGE.findall(text)) ** 2 // 2 if self._compares_items else 0
        work = (len(text) + pairs) * self._units
        if work > SCHEMA_WORK:
            return Fault((), "maxWork", f"takes {work} units of work; the limit is {SCHEMA_WORK}")
        try:
            value = parse(text)
        except InvalidJsonError as error:
            return Fault((), "error", f"cannot be read: {error}")
        if _HALF_OF_A_PAIR.search(text):
            value = _with_characters(value)
        try:
            return None if self._validator.is_valid(value) else self._fault(value)
        except ValueError:  # the library copies no value that is deeper, to compare or to show it
            return Fault((), "maxDepth", f"does not fit, and nests more than {_COPIED} levels deep")

    def _fault(self, value: JsonValue) -> Fault:
        """Return where a value that does not fit is at fault."""
        from jsonschema_rs import ValidationError  # noqa: PLC0415 - loaded by now

        for validator in (self._outside, self._validator):
            try:
                validator.validate(value)  # ends at the first error; `iter_errors` makes all
            except ValidationError as error:
                return fault_of(error)
        return Fault((), "error", "does not fit")

    def _units_of_pattern(self, pattern: str) -> int:
        size = _size_of(pattern) or SCHEMA_PATTERN_BYTES
        self.pattern_bytes += size
        return size // _BYTES_OF_A_UNIT

    @cached_property
    def _outside(self) -> "Draft202012Validator":
        return _validator(outside(self._schema))


def compiled(text: str) -> tuple[_Compiled | None, int]:
    """Return a schema that is ready, None for one that is none, and about how many bytes it takes.

    Those count in full what is made when the first value does not fit.
    """
    taken = _BYTES_OF_A_CHARACTER * len(text)
    try:
        schema: Any = parse(text)
        if any(check_schema(schema)):
            return None, taken
        ready = _Compiled(expanded(schema))
    except ValueError:  # of numbers that are too large, or of patterns
        return None, taken
    return ready, taken + _VALIDATORS * ready.pattern_bytes


def _validator(
    schema: JsonValue, pattern_bytes: int = SCHEMA_PATTERN_BYTES
) -> "Draft202012Validator":
    from jsonschema_rs import Draft202012Validator, RegexOptions  # noqa: PLC0415 - few have schemas

    return Draft202012Validator(
        cast("dict[str, Any]", schema),
        validate_formats=False,
        offline=True,
        pattern_options=RegexOptions(size_limit=pattern_bytes),
    )


def _size_of(pattern: str) -> int | None:
    """Return the first of ``_TIERS`` that a pattern fits in, or None."""
    for size in _TIERS:
        try:
            _validator({"pattern": pattern}, size)
        except ValueError:
            continue
        return size
    return None


def _with_characters(value: JsonValue) -> JsonValue:
    """Return a value in which each half of a surrogate pair is the character for what is none."""
    halves = dump_readable(value).encode("utf-16", "surrogatepass")
    return parse(halves.decode("utf-16", "replace"))
