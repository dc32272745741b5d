"""Let a Lambda itself choose the level of each of its log lines."""

import logging
import os


def ignore_level_of_runtime() -> None:
    """Undo what Lambda's runtime makes of ``ApplicationLogLevel``; call it before ``Logger()``.

    template.yaml sets that level to DEBUG, so that Lambda passes the DEBUG lines of the requests in
    the sample. The runtime sets the root logger to the same level, at which botocore logs requests
    with all that is in them, and Powertools prefers it to ``LogLevel``.
    """
    os.environ.pop("AWS_LAMBDA_LOG_LEVEL", None)  # noqa: TID251 - the runtime's, not a setting
    logging.getLogger().setLevel(logging.WARNING)
