"""Start V8, and make isolates that have evaluated the prelude, whose functions execute sources.

The Python classes of ``py_mini_racer`` put an asyncio loop and two more thread hops between a
caller and V8, and lose the answer when memory runs out in between; its C interface does not
(infra/adr/0003).
"""

import os
from contextlib import suppress
from json.encoder import encode_basestring_ascii as _literal
from typing import Final

from isolambda_core.domain.limits import (
    INPUT_DEPTH,
    MIB,
    OPERATION_CHARACTERS,
    OPERATION_MESSAGE_CHARACTERS,
    OPERATION_MESSAGES,
    REPLY_BYTES,
    Limits,
)
from isolambda_executor import console
from isolambda_executor.answers import (
    Answer,
    EngineError,
    OutOfMemoryError,
    OutOfTimeError,
    StuckError,
    memory_of,
)
from isolambda_executor.chunks import read_chunks, read_prelude
from isolambda_executor.context import START_S, Context
from isolambda_executor.driver import Driver
from isolambda_executor.exchange import Part
from isolambda_executor.host_calls import HostCalls
from isolambda_executor.native import load
from isolambda_executor.operation_frames import OperationReply
from isolambda_executor.rejections import rejections_of
from isolambda_executor.request_memory import (
    ANSWER_BYTES,
    FIELDS_BYTES,
    MEMORY_BYTES,
    REQUEST_BYTES,
    RequestMemory,
)

_NUMBERS: Final = {
    "CONSOLE_BYTES": console.BUFFER_BYTES,
    "REQUEST_BYTES": REQUEST_BYTES,
    "ANSWER_BYTES": ANSWER_BYTES,
    "FIELDS_BYTES": FIELDS_BYTES,
    "REPLY_BYTES": REPLY_BYTES,
    "MESSAGES_MAX": OPERATION_MESSAGES,
    "CHARACTERS_MAX": OPERATION_CHARACTERS,
    "MESSAGE_CHARACTERS_MAX": OPERATION_MESSAGE_CHARACTERS,
    "DEPTH_MAX": INPUT_DEPTH,
}
"""What the prelude gets by these names."""
_REST_CPU_S: Final = 0.025
_REST_MAX_S: Final = 0.25
_IDLE_CPU_S: Final = 0.002
_IDLE_MAX_S: Final = 0.05
"""How long the closing of an isolate waits for V8 to come to rest."""

_MEMORY: Final = Limits().memory_mb * MIB
"""What most functions have, set when an isolate is made, and not in an execution."""
_TRIALS: Final = (b"\nreturn call", b"\nreturn context")
_TRIAL: Final = b'{"function":{"id":"0123456789abcdef"}}'


class Engine:
    """V8 in this process, and the prelude of its isolates; one a process.

    ``console`` is the descriptor of the file that receives console lines; None: they are lost.
    """

    def __init__(self, console: int | None = None) -> None:
        self.console = console
        self.dll = load()
        self.prelude = read_prelude()
        self.driver = Driver()
        self.rejections = rejections_of(self.dll, self.driver.report_to)
        self.reports_rejections = self.rejections is not None
        """Whether V8 reports rejected promises to the isolates."""

    def isolate(self) -> "Isolate":
        """Return a new isolate that has evaluated the prelude; takes a few milliseconds."""
        return Isolate(self)


class Isolate:
    """One V8 isolate with one global scope; close it, or the process hangs at its end.

    V8 evaluates one script after another, and settles promises between them. So its answer to
    ``rest``, which follows each ``run``, shows that it is idle.

    The prelude's entry is a lexical binding with a name of 128 random bits. User code can neither
    list nor read it: the name stands only in scripts whose source JavaScript cannot get.
    """

    def __init__(self, engine: Engine) -> None:
        self._context = Context(engine.dll, engine.driver)
        self._answers, self._rests = self._context.event(), self._context.event()
        self.has_tools = False
        """Whether it has evaluated what code with tools touches."""
        self._entry = f"entry_{os.urandom(16).hex()}"
        names, values = ",".join(_NUMBERS), ",".join(map(str, _NUMBERS.values()))
        prelude = (
            f"(({names}, CHUNKS) => {{'use strict';{engine.prelude}}})"
            f"({values}, {read_chunks().table})"
        )
        # Strict code may not name a parameter `eval`, but may call it (prelude/2-later.js).
        self.evaluate(f"const {self._entry} = ((eval) => {prelude})(eval);", START_S)
        # V8 compiles the same text only once, so keep those without arguments.
        self._run, self._begin, self._rest, self._hear, self._stop = (
            self._context.string(self._call(name).encode())
            for name in ("run", "begin", "rest", "hear", "stop")
        )
        memory = memory_of(self._object(f"{self._entry}.memory"))
        self._request = RequestMemory(memory, self._store)
        self._console = 0
        if engine.console is not None:
            self._share_console(memory + MEMORY_BYTES, engine.console)
        self._watched = self._watch_rejections(engine)
        self._from_worker = self._object(f"{self._entry}.from_worker")
        self._host = HostCalls(self._request)
        self._give("ring", self._context.function(self._answer_host_call))
        # V8 compiles a function at its first call, and learns from the next ones: make these now,
        # and not in an execution.
        for source in _TRIALS:
            self._try(source)
        self.set_memory_limit(_MEMORY)

    def _answer_host_call(self) -> None:
        """Answer a host call; on V8's thread."""
        try:
            self._host.answer()
        except MemoryError as error:
            raise OutOfMemoryError from error

    async def on_main(self) -> None:
        """Continue on the main thread, the only one that may wait for :meth:`call`."""
        await self._context.on_main()

    def _try(self, program: bytes) -> None:
        self._request.write(_TRIAL, _TRIAL, 0, REQUEST_BYTES, 0, program)
        self._context.post(self._begin, self._answers)
        self._context.post(self._rest, self._rests)
        for event in (self._answers, self._rests):
            self._context.answer(event, START_S)

    def prepare_tools(self) -> None:
        """Evaluate what code with tools touches; any other source may be loaded all the same.

        Raises:
            EngineError: as :meth:`evaluate`.
        """
        self.call("prepare_tools", timeout_s=START_S)
        self.has_tools = True

    def set_memory_limit(self, limit_bytes: int) -> None:
        """See ``Context.set_memory_limit``."""
        self._context.set_memory_limit(limit_bytes)

    @property
    def reads_context(self) -> bool:
        """Whether the loaded source has a word that leads to its second argument, the context."""
        return self._request.reads_context

    @property
    def makes_promises(self) -> bool:
        """Whether the loaded source has a word that makes promises, or has made some without."""
        return self._request.makes_promises

    @property
    def exceeded_memory(self) -> bool:
        """Whether V8 stopped something, perhaps a microtask, as the heap was over its limit."""
        return self._context.exceeded_memory

    def call(self, name: str, *arguments: str | int, timeout_s: float) -> Answer:
        """Call a function of the prelude's entry with strings and integers, and return its answer.

        Raises:
            EngineError: as :meth:`evaluate`.
        """
        # A JSON string is a string of JavaScript.
        listed = ",".join([f"{a}" if isinstance(a, int) else _literal(a) for a in arguments])
        return self.evaluate(self._call(name, listed), timeout_s)

    async def load(self, name: str, source: str, features: str, timeout_s: float) -> Answer:
        """Call a function of the prelude's entry that loads a source, and return its answer.

        Raises:
            EngineError: as :meth:`evaluate`.
        """
        self._context.post_once(
            self._call(name, f"{_literal(source)},{_literal(features)}"), self._answers
        )
        return await self._context.answered(self._answers, timeout_s)

    async def run(
        self,
        payload: Part,
        context: bytes,
        left_ms: int,
        result_bytes: int,
        log_bytes: int,
        program: bytes = b"",
        *,
        timeout_s: float,
    ) -> Answer:
        """Call the loaded function with an input and a context, both JSON in UTF-8.

        A function that does not read its context gets none, and V8 parses none. ``program`` is
        loaded before, in the same step: features, a line break and a source, in up to
        ``PROGRAM_BYTES``. If it does not compile, the answer begins with a carriage return.

        Return its result, or how else it ended; None if it returned a promise, of which
        :meth:`answer_at_rest` returns the answer.

        Raises:
            EngineError: as :meth:`evaluate`.
        """
        if self._rests.awaited:
            await self.await_rest()
        if not self._request.has_room(payload, context, program):
            await self._context.on_main()  # V8's thread stores what is too large
        self._request.write(payload, context, left_ms, result_bytes, log_bytes, program)
        self._context.post(self._begin if program else self._run, self._answers)
        self._context.post(self._rest, self._rests)
        return await self._context.answered(self._answers, timeout_s)

    def _store(self, name: str, text: Part) -> None:
        self._give(name, self._context.string(text))

    def _give(self, name: str, value: int) -> None:
        self._context.give(self._from_worker, name, value)

    def ask_to_rest(self) -> None:
        """Have V8 answer once it is idle, unless it was asked already."""
        if not self._rests.awaited:
            self._context.post(self._rest, self._rests)

    async def answer_at_rest(self, timeout_s: float) -> Answer:
        """Return the answer of an execution that returned a promise, once V8 settles no other.

        Or a number, if it has none yet: the milliseconds until the next timer is due; -1 if V8
        compiles in the background, -2 if only a reply leads on. Or messages to send, behind a tab
        and a line with such a number. None after an execution that has answered.

        Raises:
            EngineError: as :meth:`evaluate`.
        """
        self.ask_to_rest()
        heard = self._answers
        if not await self._rests.within(timeout_s):
            if heard.awaited:
                self._context.cancel_task(heard)
            self._context.cancel(self._rests)
            raise OutOfTimeError
        if heard.awaited:
            self._context.decode(heard)
        return self._context.decode(self._rests)

    async def put_reply(self, reply: OperationReply) -> None:
        """Give the isolate a reply, once it has answered; :meth:`answer_at_rest` says what follows.

        V8 takes it and comes to rest without the worker in between. A reply to an earlier
        operation, or to none, does nothing.
        """
        _, operation, ends, fields, content = reply
        if len(fields) > FIELDS_BYTES:
            await self._context.on_main()  # V8's thread stores what is too large
        self._request.write_reply(operation, fields, content, ends=ends)
        self._context.post(self._hear, self._answers)
        self._context.post(self._rest, self._rests)

    async def await_rest(self, cpu_s: float = _REST_CPU_S, max_s: float = _REST_MAX_S) -> None:
        """Await that V8 is idle, which it mostly is by now; ignore what it answers.

        Raises:
            StuckError: V8 still runs something else, or waits.
            EngineError: as :meth:`evaluate`.
        """
        self.ask_to_rest()
        rests = self._rests
        if not (await rests.within(cpu_s) or rests.is_reported_late(cpu_s, max_s)):
            raise StuckError
        self._context.decode(rests)

    def stop(self, cpu_s: float, max_s: float) -> None:
        """End an execution that :meth:`run` or :meth:`answer_at_rest` gave no time any more.

        Raises:
            EngineError: as :meth:`await_rest`.
        """
        if not self._rests.awaited:
            self._context.post(self._stop, self._rests)
        if not self._rests.is_reported(cpu_s, max_s):
            raise StuckError
        self._context.decode(self._rests)

    def evaluate(self, code: str, timeout_s: float) -> Answer:
        """Evaluate a script and return its string, in UTF-8, or number; None for all else.

        Only the main thread may wait for it.

        Raises:
            JavaScriptError: the script threw or does not parse.
            OutOfMemoryError: it exceeded a memory limit.
            OutOfTimeError: no answer came in ``timeout_s`` seconds.
            StuckError: the same, and V8 cannot be interrupted.
        """
        self._context.post_once(code, self._answers)
        return self._context.answer(self._answers, timeout_s)

    def _call(self, name: str, arguments: str = "") -> str:
        # Strict, so that no stack frame exposes the script.
        return f'"use strict";{self._entry}.{name}({arguments})'

    def _object(self, code: str) -> int:
        return self._context.object_of(code, self._answers)

    def _share_console(self, address: int, descriptor: int) -> None:
        self._console = address
        offset = MEMORY_BYTES + console.share(address, descriptor)
        self.call("write_at", offset, timeout_s=START_S)

    def _watch_rejections(self, engine: Engine) -> int | None:
        """Return the address that ``Rejections.forget`` takes, or None if V8 reports nothing."""
        self._rejections = engine.rejections
        watched = None if self._rejections is None else self._rejections.watch(self._context.id)
        if watched is None:
            engine.reports_rejections = False
        else:
            self.call("watch", timeout_s=START_S)
        return watched

    def collect_garbage(self) -> None:
        """Collect garbage; call it only while the isolate answers."""
        self._context.collect_garbage()

    def close(self) -> None:
        """Stop what still runs in the isolate and free its memory; see ``Context.close``."""
        if self._console:
            console.unshare(self._console)
        self._context.close(is_idle=self._comes_to_rest())
        if self._rejections is not None and self._watched is not None:
            self._rejections.forget(self._watched)

    def _comes_to_rest(self) -> bool:
        if self._answers.awaited:
            return False
        self.ask_to_rest()
        with suppress(EngineError):  # of a host call
            return self._rests.is_reported(_IDLE_CPU_S, _IDLE_MAX_S)
        return False
