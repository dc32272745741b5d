"""A worker in a process of its own that is not confined, so that what it does is measured.

``test_worker`` starts it. Its arguments are the descriptors of its end of the socket and of its
console; others are constants of ``isolambda_executor.worker`` that it sets, as ``NAME=NUMBER``.
"""

import os
import socket
import sys

from isolambda_core.domain.executions.confinement import Confinement
from isolambda_executor import worker
from isolambda_executor.connection import Connection
from isolambda_executor.console import exchange_in
from isolambda_executor.metering import Meter
from isolambda_executor.worker import Worker


def main() -> None:
    """Serve until the other end is closed, and end in the ordinary way."""
    descriptor, console, *constants = sys.argv[1:]
    for name, _, number in (constant.partition("=") for constant in constants):
        setattr(worker, name, int(number))
    exchange = exchange_in(int(console), in_place=True)
    connection = Connection(socket.socket(fileno=int(descriptor)), exchange)
    meter = Meter(os.open("/proc", os.O_PATH))
    served = Worker(
        connection, exchange, meter, confine=lambda: Confinement(0), console=int(console)
    )
    served.serve()
    served.close()


if __name__ == "__main__":
    main()
