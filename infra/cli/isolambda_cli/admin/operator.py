"""Who operates: the user of the system that runs the command."""

import getpass
import os

from isolambda_core.domain.acting import Actor


def current_operator() -> Actor:
    """Return the operator, by the name of the user that the process has.

    What the environment says of a user, anyone can set; it is asked only where the system has no
    users that Python knows.
    """
    try:
        import pwd  # noqa: PLC0415 - of Unix alone
    except ImportError:
        return Actor(operator=getpass.getuser())
    try:
        return Actor(operator=pwd.getpwuid(os.getuid()).pw_name)
    except KeyError:  # a user without a name, as in a container
        return Actor(operator=str(os.getuid()))
