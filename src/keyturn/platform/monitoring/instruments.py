"""Counters and histograms. Counting costs microseconds and asks no database."""

from functools import lru_cache
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

# The key of a WSGI environ under which whoever answers leaves the pattern of the address.
ROUTE: Final = "keyturn.route"
REGISTRY: Final = CollectorRegistry()
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SLOW: Final = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800)

_requests = Counter(
    "keyturn_http_requests",
    "Requests answered, by pattern of the address.",
    ["route", "method", "status"],
    registry=REGISTRY,
)
_seconds = Histogram(
    "keyturn_http_request_duration_seconds",
    "Time until the answer begins.",
    ["route"],
    unit="seconds",
    buckets=_FAST,
    registry=REGISTRY,
)
_verdicts = Counter(
    "keyturn_api_verdicts",
    "Answers of the API, by response code.",
    ["endpoint", "code"],
    registry=REGISTRY,
)
_validations = Counter(
    "keyturn_validations",
    "Verifications by whether their result was kept from before.",
    ["kept"],
    registry=REGISTRY,
)
_of_kept: Final = {kept: _validations.labels("yes" if kept else "no") for kept in (True, False)}
_propagation = Histogram(
    "keyturn_revocation_propagation_seconds",
    "Time from the commit of a revocation until the gate's read sees it, on the process that revoked.",
    unit="seconds",
    buckets=_FAST,
    registry=REGISTRY,
)
_jobs = Histogram(
    "keyturn_job_duration_seconds",
    "Attempts at background jobs, of workers that share the folder of the web server.",
    ["kind", "outcome"],
    unit="seconds",
    buckets=_SLOW,
    registry=REGISTRY,
)


# To find the counter by its labels costs more than to count; there are as many as routes and their answers.
_kept = lru_cache(maxsize=4096)
_of_request = _kept(lambda route, method, status: _requests.labels(route, method, status))
_of_route = _kept(lambda route: _seconds.labels(route))
_of_verdict = _kept(lambda endpoint, code: _verdicts.labels(endpoint, code))


def request(route: str, method: str, status: int, seconds: float) -> None:
    """Count an answered request."""
    _of_request(route, method if method in _METHODS else "other", status).inc()
    _of_route(route).observe(seconds)


def verdict(endpoint: str, code: int) -> None:
    """Count an answer of the API."""
    _of_verdict(endpoint, code).inc()


def validation(*, kept: bool) -> None:
    """Count a verification, by whether its result was kept from before."""
    _of_kept[kept].inc()


def revocation(seconds: float) -> None:
    """Note how long a revocation took to reach the gate."""
    _propagation.observe(seconds)


def job(kind: str, outcome: str, seconds: float) -> None:
    """Count an attempt at a job; `outcome` is completed or failed."""
    _jobs.labels(kind, outcome).observe(seconds)
