"""Post to the URL of an account that some of a budget is used (standardwebhooks.com)."""

import logging
from dataclasses import dataclass

from isolambda_core.domain.accounts.budgets import budget_of, shown, utc_text
from isolambda_core.domain.accounts.errors import AccountNotFoundError
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.callbacks import derive_callback_secret, signed_headers
from isolambda_core.domain.executions.errors import CallbackFailedError
from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.limits import CALLBACK_ATTEMPTS, CALLBACK_RETRY_AFTER_S
from isolambda_core.domain.queue.messages import (
    Acknowledge,
    Disposition,
    QueuedBudgetCallback,
    Retry,
)
from isolambda_core.ports.accounts import AccountRepository, InstallationSecret
from isolambda_core.ports.budgets import BudgetRepository
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.executions import Callbacks

_TYPE = "budget.reached"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BudgetCallbackService:
    """Signs the callbacks of budgets with their account's secret, and sends them."""

    accounts: AccountRepository
    meters: BudgetRepository
    callbacks: Callbacks
    secret: InstallationSecret
    clock: Clock

    def call_back(self, message: QueuedBudgetCallback, received: int) -> Disposition:
        """Send a callback; ``received`` counts the deliveries of the message, from 1.

        It goes to the URL that the account has now, and nowhere if it has none any more. After
        ``limits.CALLBACK_ATTEMPTS`` it is given up.
        """
        try:
            self._call_back(message)
        except AccountNotFoundError:
            return Acknowledge()
        except StoreUnavailableError:
            return Retry(CALLBACK_RETRY_AFTER_S)
        except CallbackFailedError as error:
            line = {"account_id": message.account_id, "reason": str(error)}
            _log.warning("%(account_id)s: its budget callback failed: %(reason)s", line, extra=line)
            if received < CALLBACK_ATTEMPTS:
                return Retry(CALLBACK_RETRY_AFTER_S * 5.0 ** (received - 1))
        return Acknowledge()

    def _call_back(self, message: QueuedBudgetCallback) -> None:
        account = self.accounts.get(message.account_id)
        meter, measure = message.meter, message.measure
        budget = budget_of(account.id, account.document)
        if budget is None or budget.callback is None:
            return
        limit = budget.periods.get(meter.period, {}).get(measure)
        if limit is None:
            return
        now = self.clock.now()
        data: JsonValue = {
            "account_id": account.id,
            "budget": measure.value,
            "period": meter.period.value,
            "percent": message.percent,
            "value": shown(measure, limit),
            "used": shown(measure, self.meters.used(meter).get(measure, 0)),
            "ends_at": utc_text(meter.ends_at),
        }
        body = dump({"type": _TYPE, "timestamp": utc_text(now), "data": data}).encode()
        key = derive_callback_secret(self.secret.read(), account.id)
        message_id = f"{account.id}-{measure}-{meter.name}-{message.percent}"
        self.callbacks.post(budget.callback, signed_headers(key, message_id, now, body), body)
