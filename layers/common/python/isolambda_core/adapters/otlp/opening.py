"""Begin to send to a collector."""

from collections.abc import Callable

from isolambda_core.adapters.otlp.outbox import Outbox, no_drop_observer


class NoExporterError(Exception):
    """The packages that send to a collector are not installed."""


def open_outbox(endpoint: str, dropped: Callable[[int], None] = no_drop_observer) -> Outbox:
    """Return what sends to the collector at ``endpoint``; ``dropped`` is as in :class:`Outbox`.

    Raises:
        NoExporterError: the packages of the extra ``otlp`` are not installed.
    """
    try:
        # It imports a hundred modules, which only who has a collector needs.
        from isolambda_core.adapters.otlp.exporter import OtlpExporter  # noqa: PLC0415
    except ImportError as error:
        raise NoExporterError(f"{error.name} is not installed") from error
    return Outbox(OtlpExporter(endpoint).send, dropped)
