"""Queues, streams, topics and buckets that a document names: whose they are, and if they will do.

Tenants share an AWS account, so a name in a document proves nothing. Who owns a source lets an
account of Isolambda use it, by the tag ``isolambda:account``, whose value is the account's id.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from isolambda_core.adapters.event_sources.errors import expecting, refused
from isolambda_core.adapters.event_sources.names import name_of, place_of
from isolambda_core.config import SourceSettings
from isolambda_core.domain.triggers.triggers import Trigger

TAG = "isolambda:account"
DISPATCHER_S = 60
"""How long DispatcherFunction has a batch at the most; Lambda wants a queue to hide it as long."""


@dataclass(frozen=True, slots=True)
class SourceAuthorizer:
    """What documents name in the stack's region and AWS account."""

    settings: SourceSettings

    @property
    def owner(self) -> str:
        """The id of the stack's AWS account."""
        _, _, account = place_of(self.settings.dispatcher_arn)
        return account

    def require(
        self,
        key: str,
        trigger: Trigger,
        tags_of: Callable[[str], Mapping[str, str]],
        check: Callable[[str], None] = lambda _: None,
    ) -> str:
        """Return the source that ``key`` of a document names, if the trigger's account may use it.

        ``tags_of`` reads the tags of a source; ``check`` raises if the source will not do.

        Raises:
            InvalidDocumentError: it is not there, not for this account, or not as it must be.
            SourcesUnavailableError: AWS does not tell.
        """
        source = cast("str", trigger.document[key])
        message = self._out_of_bounds(source)
        if message is not None:
            raise refused(key, source, message)
        with expecting(key, source):
            if tags_of(source).get(TAG) != trigger.account_id:
                message = f"Its tag {TAG} must name this account: {trigger.account_id}"
                raise refused(key, source, message)
            check(source)
        return source

    def can_be_bound(self, source: str) -> bool:
        """Tell whether a queue, stream or topic could ever have been bound.

        Whoever names what cannot be, such as the queue of executions, must not have it unbound.
        """
        return self._out_of_bounds(source) is None

    def _out_of_bounds(self, source: str) -> str | None:
        is_arn = source.startswith("arn:")
        if (name_of(source) if is_arn else source).startswith(f"{self.settings.stack_name}-"):
            return "Is one of Isolambda's own, or named as these are"
        _, region, account = here = place_of(self.settings.dispatcher_arn)
        if is_arn and place_of(source) != here:
            return f"Must be in the region {region} of the AWS account {account}"
        return None
