"""Where Isolambda answers, for tests that do not mind where."""

import os
import ssl
from abc import ABC, abstractmethod
from typing import Any, cast

import httpx2

from tests.support.waiting import WAIT_S

ON_STACK = os.environ.get("ISOLAMBDA_TEST_HOST") == "stack"  # noqa: TID251 - of the test run
"""Whether the tests that run on either kind of host run on a stack."""

# The hosts speak plain HTTP, and to make one of these for each client takes longer than to ask.
_UNUSED_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
# A server closes what was idle for five seconds: httpx would send on it until the very last moment.
_CONNECTIONS = httpx2.Limits(keepalive_expiry=1)


class Host(ABC):
    """An account on a server of one machine, or on a stack."""

    @property
    @abstractmethod
    def credentials(self) -> dict[str, str]:
        """``url``, ``account_id`` and ``api_key``."""

    def client(self, **headers: str) -> httpx2.Client:
        given = headers or {"X-Auth-Token": self.credentials["api_key"]}
        return httpx2.Client(
            base_url=self.credentials["url"],
            headers=given,
            timeout=WAIT_S,
            verify=_UNUSED_TLS,
            limits=_CONNECTIONS,
        )

    def functions_url(self, function: str = "") -> str:
        return f"/v2/accounts/{self.credentials['account_id']}/functions/{function}".rstrip("/")

    def create(self, source: str, **document: Any) -> str:
        data = {"name": "under test", "function_js": source, **document}
        with self.client() as client:
            answer = client.put(self.functions_url(), json={"data": data})
        assert answer.status_code == 201, answer.text
        return cast("str", answer.json()["data"]["id"])

    def execute(self, function: str, call: object = None) -> dict[str, Any]:
        with self.client() as client:
            answer = client.post(
                self.functions_url(function) + "/execute", json={"data": call or {}}
            )
        assert answer.status_code == 200, answer.text
        return cast("dict[str, Any]", answer.json()["data"])

    def call(self, function: str, keys: dict[str, str] | None = None) -> httpx2.Response:
        """Call as a switch does: with a key that may execute this function and nothing else."""
        account = self.credentials["account_id"]
        with self.client() as owner:
            asked = {"scopes": ["execute"], "function_id": function}
            made = owner.put(f"/v2/accounts/{account}/api_keys", json={"data": asked})
        key = made.json()["data"]["api_key"]
        with self.client(Accept="*/*") as switch:
            return switch.post(f"/pivot/{account}/{function}", params={"key": key}, data=keys)
