"""The operations of an execution that records them, or is answered from recorded ones."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from isolambda_core.domain.executions.operations import RecordedOperations
from isolambda_core.domain.executions.reach import FetchRecord
from isolambda_executor.broker import ExecutionOperations
from isolambda_executor.handlers import OpensHandler, Scope
from isolambda_executor.operations import Fields, Send
from isolambda_executor.recording.asked import names_for
from isolambda_executor.recording.recorder import Recorder
from isolambda_executor.recording.replay import Replay


class RecordingOperations:
    """The operations of one execution, with a record of them; see ``Operations``.

    Where the request has a ``replay``, no handler of ``kinds`` is opened, so nothing is reached.
    """

    def __init__(self, kinds: Mapping[str, OpensHandler], scope: Scope, send: Send) -> None:
        request = scope.request
        names = names_for(request.secrets)
        self._replay: Replay | None = None
        if request.replay is not None:
            self._replay = Replay(request.replay, scope, names)
            kinds = dict.fromkeys(kinds, self._replay.open)
        self._send = send
        self._recorder = Recorder(names, with_replies=self._replay is None)
        self._operations = ExecutionOperations(kinds, scope, self._reply)
        self._recorded: RecordedOperations | None = None

    @property
    def recorded(self) -> RecordedOperations | None:
        """The operations, once they are closed."""
        return self._recorded

    def take(self, message: Fields) -> None:
        """Take a message; see ``Operations.take``.

        Raises:
            BrokenPeerError: no intact worker sends that.
        """
        self._recorder.take(message)
        self._operations.take(message)

    def close(self) -> Sequence[FetchRecord]:
        """End all that is under way; see ``Operations.close``."""
        fetches = self._operations.close()
        unrecorded = 0 if self._replay is None else self._replay.unrecorded
        self._recorded = replace(self._recorder.finish(), unrecorded=unrecorded)
        return fetches

    def _reply(self, fields: Fields, content: bytes) -> None:
        # Noted first: once the isolate has it, the execution may end.
        self._recorder.reply(fields, content)
        self._send(fields, content)
