"""Why a server's answer is none."""


class ProtocolError(Exception):
    """The answer is not HTTP, or could be read in two ways; the message says what is wrong."""


class TooLargeError(Exception):
    """The answer is over a limit; ``used`` is how much came, or was announced, in its unit."""

    def __init__(self, what: str, value: int, used: int) -> None:
        super().__init__(f"{what} is over {value}")
        self.what = what
        self.value = value
        self.used = used
