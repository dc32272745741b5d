"""Send spans and log lines to a collector of OpenTelemetry."""
