"""Logs as JSON lines, metrics for Prometheus."""

import logging

import structlog
from prometheus_client import Counter, Gauge, Histogram

HTTP_SECONDS = Histogram("liudai_http_request_seconds", "HTTP requests, in time.", ["service", "operation", "status"])
LOG_HEAD = Gauge("liudai_log_head_pos", "Sealed positions.", ["service"])
UNSEALED = Gauge("liudai_unsealed_events", "Events committed and not yet sealed.", ["service"])
LAG = Gauge("liudai_follower_lag_events", "Sealed events a follower has not handled.", ["service", "follower"])
PARKED = Gauge("liudai_parked_events", "Events parked with a reason.", ["service", "handler"])
FAILING = Gauge("liudai_projection_failing", "1 while a projection is stopped by an event.", ["service", "projection"])
RECONCILED = Counter("liudai_reconcile_missing", "Announcements found missing and handled late.", ["service"])


def configure_logging(level: str) -> None:
    """One JSON object a line on standard output; control characters cannot forge a line."""
    said = structlog.processors
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, said.add_log_level,
                    said.TimeStamper("iso", utc=True), said.format_exc_info, said.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=True,
    )  # fmt: skip
