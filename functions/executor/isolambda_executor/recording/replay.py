"""Answer the operations of one execution from recorded ones, so that it reaches nothing."""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Final, cast

from isolambda_core.domain.executions.operations import (
    RecordedOperation,
    RecordedOperations,
    RecordedReply,
    target_of,
)
from isolambda_core.domain.json_text import parse
from isolambda_core.domain.limits import FETCH_BODY_BYTES, REPLY_BYTES, REPLY_FIELDS_BYTES
from isolambda_executor.handlers import Handler, Operation, Reply, Scope, Work, payload_of
from isolambda_executor.operations import Fields, OperationsEndedError
from isolambda_executor.recording.asked import asked_by, placeholders_for
from isolambda_executor.replacements import Replacements

_NOTHING: Final = "nothing is recorded of this operation, and a replay reaches nothing"
_NO_MORE: Final = "the recorded answer ends here"


class Replay:
    """The handler of every kind in one execution.

    Of operations with equal targets, each gets the answer to the next recorded one, whatever it
    sends. Answers are given one after the other, in the order in which they are asked for, so that
    the same code sees the same each time. An operation that the isolate abandoned, or that had no
    reply when the recorded execution ended, has no last reply here either.
    """

    def __init__(self, recorded: RecordedOperations, scope: Scope, names: Replacements) -> None:
        """``names`` puts the names of secrets in the places of their placeholders."""
        self._scope = scope
        self._names = names
        self._placeholders = placeholders_for(scope.request.secrets)
        self._recorded: dict[tuple[str, ...], deque[RecordedOperation]] = defaultdict(deque)
        for operation in recorded.operations:
            self._recorded[operation.target].append(operation)
        self._lock = threading.Lock()
        self._answers: deque[Work] = deque()
        self._is_answering = False
        self.unrecorded = 0
        """How many operations there were of which nothing is recorded."""

    def open(self, _: Scope) -> Handler:
        """Return itself, in the place of the handler of a kind."""
        return self

    def begin(self, _: int, fields: Fields, reply: Reply) -> Operation:
        """Answer an operation; see ``Handler.begin``.

        Raises:
            BrokenPeerError: no intact worker sends that.
        """
        asked = asked_by(fields, self._names)
        found = self._recorded.get(target_of(cast("str", fields["kind"]), asked))
        operation = found.popleft() if found else None
        if operation is None or operation.replies is None:
            self.unrecorded += 1
            self._perform(partial(reply, _not_recorded(_NOTHING)))
            return _REPLAYED
        answer = partial(self._answer, operation.replies, reply, is_whole=not operation.abandoned)
        if asked.get("body") == "stream" and operation.sent_all:
            return _Upload(self._perform, reply, answer)
        self._perform(answer)
        return _REPLAYED

    def _perform(self, answer: Work) -> None:
        with self._lock:
            self._answers.append(answer)
            if self._is_answering:
                return
            self._is_answering = True
        self._scope.perform(self._answer_in_turn)

    def _answer_in_turn(self) -> None:
        while True:
            with self._lock:
                if not self._answers:
                    self._is_answering = False
                    return
                answer = self._answers.popleft()
            with suppress(OperationsEndedError):  # another one may not have ended
                answer()

    def _answer(self, replies: tuple[RecordedReply, ...], reply: Reply, *, is_whole: bool) -> None:
        for fields, content in self._replies(replies):
            reply(fields, content)
            if fields.get("end") is True:
                return
        if replies and is_whole:
            reply(_not_recorded(_NO_MORE))

    def _replies(self, replies: tuple[RecordedReply, ...]) -> Iterator[tuple[Fields, bytes]]:
        applied = self._placeholders.applied
        for recorded in replies:
            told, content = applied(recorded.fields.encode()), applied(recorded.content)
            if len(told) > REPLY_FIELDS_BYTES:  # what was answered had {secret NAME} of its own
                return
            fields = cast("Fields", parse(told))
            for start in range(0, max(len(content), 1), REPLY_BYTES):
                yield fields, content[start : start + REPLY_BYTES]


class _Replayed:
    """An operation that is answered whatever else is sent for it."""

    def take(self, _: Fields) -> None:
        """Do nothing."""

    def abandon(self) -> None:
        """Do nothing: what is abandoned gets no reply any more."""


_REPLAYED: Final = _Replayed()


class _Upload:
    """A request that is answered when the isolate has sent its body, so that all of it counts."""

    def __init__(self, perform: Callable[[Work], None], reply: Reply, answer: Work) -> None:
        self._perform = perform
        self._reply = reply
        self._answer: Work | None = answer
        self._length = 0

    def take(self, fields: Fields) -> None:
        """Take more of the body, or its end; see ``Operation.take``.

        Raises:
            BrokenPeerError: it is not base64.
        """
        if self._answer is None:
            return
        length = len(payload_of(fields))
        self._length += length
        if fields.get("last") is True or self._length > FETCH_BODY_BYTES:
            answer, self._answer = self._answer, None
            self._perform(answer)
        elif length:
            self._perform(partial(self._reply, {"more": length}))

    def abandon(self) -> None:
        """Do nothing: what is abandoned gets no reply any more."""


def _not_recorded(message: str) -> Fields:
    return {"end": True, "error": {"code": "not_recorded", "message": message}}
