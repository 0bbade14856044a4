"""Requests served by this process, counted as they end."""

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
ENDLESS = "/api/v1/events"  # lasts as long as somebody watches: its duration says nothing


class Requests:
    """Counts by route template: a path as sent would make a series of each call's id."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._count = Counter(
            "tianzhou_http_requests_total",
            "Requests answered by this api process.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "tianzhou_http_request_duration_seconds",
            "Time to answer a request, in seconds; streams of events left out.",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self.registry,
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request has ended; `status` 0 = it was cut before its answer."""
        known = method if method in METHODS else "other"
        self._count.labels(known, route, str(status)).inc()
        if route != ENDLESS:
            self._seconds.labels(known, route).observe(seconds)
