"""Errors of secrets. None of them shows a value.

IsolambdaError
├── NotFoundError
│   └── SecretNotFoundError     the account or the function has none of this name
├── UnusableSecretError         a function cannot be executed
│   ├── MissingSecretError      it names a secret that is not there
│   └── UnopenedSecretError     … one that this installation cannot open
└── StoreUnavailableError
    └── SecretsKeyUnavailableError  KMS does not give the key that seals values
"""

from isolambda_core.domain.errors import IsolambdaError, NotFoundError, StoreUnavailableError


class SecretNotFoundError(NotFoundError):
    """The account, or the function, has no secret of this name."""

    kind = "secret"


class UnusableSecretError(IsolambdaError):
    """A function cannot be executed because of the secret ``name`` in its document."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"the secret {name} {reason}")
        self.name = name


class MissingSecretError(UnusableSecretError):
    """The document names a secret that neither the function nor its account has."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "is not there: neither the function nor its account has it")


class SecretsKeyUnavailableError(StoreUnavailableError):
    """The key of KMS that seals values is disabled or gone, or KMS does not answer.

    ``str(error)`` is for clients; the log has the cause.
    """

    def __init__(self) -> None:
        IsolambdaError.__init__(self, "the key that seals secrets is not available")


class UnopenedSecretError(UnusableSecretError):
    """The value was sealed under another installation's secret or for another use, or is damaged.

    Putting the value again mends it.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            name,
            "cannot be opened: it was sealed under another secret of the installation, or it is "
            "damaged; put its value again",
        )
