"""Note the operations of one execution: what its isolate asks, and the replies that it gets.

What is noted of replies is what is sent to the isolate, so it has no value of a secret either. A
reply that was on its way when the execution ended may be among them.
"""

import hashlib
import threading
from dataclasses import dataclass, field
from typing import Final, cast

from isolambda_core.domain.executions.operations import (
    JsonObject,
    RecordedOperation,
    RecordedOperations,
    RecordedReply,
    dump_asked,
)
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import RECORDED_OPERATIONS_BYTES
from isolambda_executor.handlers import payload_of
from isolambda_executor.operations import Fields
from isolambda_executor.recording.asked import asked_by
from isolambda_executor.replacements import Passing, Replacements

_ENTRY_BYTES: Final = 128
"""What an operation, and each of its replies, counts besides what it has."""


class Recorder:
    """Notes operations, up to ``limits.RECORDED_OPERATIONS_BYTES``. Safe for threads."""

    def __init__(self, names: Replacements, *, with_replies: bool) -> None:
        """``names`` puts the names of secrets in the places of their placeholders."""
        self._names = names
        self._with_replies = with_replies
        self._lock = threading.Lock()
        self._noted: dict[int, _Noted] = {}
        self._left = RECORDED_OPERATIONS_BYTES
        self._is_complete = True

    def take(self, message: Fields) -> None:
        """Note what the isolate sends.

        Raises:
            BrokenPeerError: no intact worker sends that.
        """
        number, kind = cast("int", message["id"]), cast("str", message["kind"])
        noted = self._noted.get(number)
        if kind == "send":
            if noted is not None and noted.upload is not None:
                noted.upload.take(message)
        elif kind == "abandon":
            if noted is not None:
                with self._lock:
                    noted.abandoned = True
        elif noted is None:
            self._begin(number, kind, message)

    def reply(self, fields: Fields, content: bytes) -> None:
        """Note a reply, which has the ``id`` of its operation."""
        if not self._with_replies or "more" in fields:
            return
        rest = {name: value for name, value in fields.items() if name != "id"}
        told = self._names.applied(dump(rest).encode()).decode()
        with self._lock:
            noted = self._noted.get(cast("int", fields["id"]))
            if noted is None or noted.replies is None or noted.abandoned:
                return
            latest = noted.replies[-1] if noted.replies else None
            if latest is not None and latest.content and content and latest.fields == told:
                has_room = self._has_room(len(content))
                latest.content += content
            else:
                has_room = self._has_room(_ENTRY_BYTES + len(told) + len(content))
                noted.replies.append(_Noting(told, bytearray(content)))
            if not has_room:
                noted.replies = None
            elif fields.get("end"):
                noted.seal(self._names)

    def finish(self) -> RecordedOperations:
        """Return what was noted."""
        with self._lock:
            noted, self._noted = self._noted, {}
        for each in noted.values():
            each.seal(self._names)
        operations = tuple(each.recorded for each in noted.values())
        return RecordedOperations(operations, self._is_complete)

    def _begin(self, number: int, kind: str, message: Fields) -> None:
        asked = asked_by(message, self._names)
        is_streamed = kind == "fetch" and asked.get("body") == "stream"
        upload = _Upload(asked, self._names.passing()) if is_streamed else None
        text = dump_asked(asked)
        with self._lock:
            if self._has_room(_ENTRY_BYTES + len(kind) + len(text)):
                self._noted[number] = _Noted(kind, text, upload)

    def _has_room(self, count: int) -> bool:
        """Take bytes of what is left; once they do not suffice, nothing more is noted."""
        if count > self._left:
            self._is_complete = False
            self._left = 0
        self._left -= count
        return self._is_complete


class _Upload:
    """The body of a request that the isolate sends in chunks."""

    def __init__(self, asked: JsonObject, naming: Passing) -> None:
        self._asked = asked
        self._naming = naming
        self._digest = hashlib.sha256()
        self._length = 0
        self._has_ended = False

    def take(self, message: Fields) -> None:
        """Take what a message has of it."""
        if self._has_ended:
            return
        if "bytes" in message:
            self._add(self._naming.take(payload_of(message)))
        if message.get("last") is True:
            self._add(self._naming.end())
            self._has_ended = True

    @property
    def asked(self) -> str:
        """What was asked with what stands for the body, null where it has not ended."""
        sent: JsonObject = {"length": self._length, "sha256": self._digest.hexdigest()}
        return dump_asked({**self._asked, "bytes": sent if self._has_ended else None})

    def _add(self, content: bytes) -> None:
        self._length += len(content)
        self._digest.update(content)


@dataclass(slots=True)
class _Noting:
    """A reply, or several of bytes that followed one another."""

    fields: str
    content: bytearray


@dataclass(slots=True)
class _Noted:
    """An operation as far as it went; ``replies`` is None where there was no room for them."""

    kind: str
    asked: str
    upload: _Upload | None
    replies: list[_Noting] | None = field(default_factory=list)
    abandoned: bool = False
    sealed: tuple[RecordedReply, ...] = ()

    def seal(self, names: Replacements) -> None:
        """Take all replies as they are recorded; no more follow."""
        # A placeholder may begin in one reply and end in the next. Who gives the last reply does
        # this work, and not who ends the execution.
        if self.replies:
            self.sealed = tuple(
                RecordedReply(each.fields, names.applied(bytes(each.content)))
                for each in self.replies
            )
            self.replies = []

    @property
    def recorded(self) -> RecordedOperation:
        """It as it is recorded, when it is sealed."""
        asked = self.asked if self.upload is None else self.upload.asked
        replies = None if self.replies is None else self.sealed
        return RecordedOperation(self.kind, asked, replies, self.abandoned)
