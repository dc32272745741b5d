"""An execution that the shadow of its alias is to repeat."""

from dataclasses import dataclass

from isolambda_core.domain.executions.records import ExecutionPayload, ExecutionRecord
from isolambda_core.domain.functions.aliases import Alias


@dataclass(frozen=True, slots=True)
class Shadowed:
    """An execution that has ended, with its recorded operations; ``alias`` is as it was then.

    ``is_recorded``: there is, or will be, a record of it.
    """

    alias: Alias
    record: ExecutionRecord
    payload: ExecutionPayload
    is_recorded: bool

    @property
    def size(self) -> int:
        """How many bytes it takes, about."""
        result = self.payload.result
        if result is None:
            return len(self.payload.input)
        texts = [self.payload.input, result.result or b"", *(line.text for line in result.logs)]
        for operation in () if result.recorded is None else result.recorded.operations:
            texts.append(operation.asked)
            for reply in operation.replies or ():
                texts += (reply.fields, reply.content)
        return sum(map(len, texts))

    @property
    def key(self) -> tuple[str, str, str]:
        """What is the same for all executions through one alias."""
        return self.alias.account_id, self.alias.function_id, self.alias.name
