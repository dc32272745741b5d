"""Authorize an account to use the queue, stream, topic or bucket that a document names.

Tenants share an AWS account, so a name in a document proves nothing. The owner of a source lets an
account of Isolambda use it by the tag ``isolambda:account``, whose value is the account's id.
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
"""The timeout of DispatcherFunction; Lambda requires that a queue hides messages as long."""


@dataclass(frozen=True, slots=True)
class SourceAuthorizer:
    """Authorizes accounts to use sources in the stack's region and AWS account."""

    settings: SourceSettings

    @property
    def owner(self) -> str:
        """The id of the stack's AWS account."""
        _, _, account = place_of(self.settings.dispatcher_arn)
        return account

    def authorize(
        self,
        key: str,
        trigger: Trigger,
        tags_of: Callable[[str], Mapping[str, str]],
        check: Callable[[str], None] = lambda _: None,
    ) -> str:
        """Return the source that ``key`` of a document names, if the trigger's account may use it.

        ``tags_of`` reads the tags of a source; ``check`` raises if the source has other properties
        than it must.

        Raises:
            InvalidDocumentError: there is none, this account may not use it, or ``check`` refuses
            it.
            SourcesUnavailableError: AWS did not answer, or refused for another reason.
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
        """Return whether a trigger could have been bound to a queue, stream or topic.

        Unbinding a trigger must not unbind any other, such as the queue of executions.
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
