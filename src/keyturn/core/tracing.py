"""Traces for OpenTelemetry: off unless OTEL_EXPORTER_OTLP_ENDPOINT is set and keyturn[otel] is installed."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.util import Finalize
from typing import Any

log = logging.getLogger(__name__)
_tracer: Any = None


def begin(role: str) -> None:
    """Export the spans of this process, which is `web` or `worker`. The SDK reads the usual OTEL_ variables."""
    global _tracer
    if _tracer is not None or not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is missing. Install keyturn[otel].")
        return
    name = os.environ.get("OTEL_SERVICE_NAME", "keyturn")
    resource = Resource.create({"service.name": name, "keyturn.role": role})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    # Web processes are children of multiprocessing, which end without Python's own exit functions.
    Finalize(None, provider.shutdown, exitpriority=10)
    _tracer = provider.get_tracer("keyturn")


class RequestSpan:
    """The span of one request. Addresses, parameters and callers stay out of it."""

    def __init__(self, span: Any) -> None:
        self._span = span

    def answered(self, route: str, method: str, status: int) -> None:
        """Name it by what answered."""
        from opentelemetry.trace import Status, StatusCode

        self._span.update_name(f"{method} {route}")
        self._span.set_attributes(
            {"http.request.method": method, "http.route": route, "http.response.status_code": status}
        )
        if status >= 500:
            self._span.set_status(Status(StatusCode.ERROR))


@contextmanager
def request(environ: dict[str, Any]) -> Iterator[RequestSpan | None]:
    """A span around a WSGI request, child of the caller's `traceparent`; None when tracing is off."""
    if _tracer is None:
        yield None
        return
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    parent = TraceContextTextMapPropagator().extract({"traceparent": environ.get("HTTP_TRACEPARENT", "")})
    attributes = {"keyturn.request_id": environ.get("HTTP_X_REQUEST_ID", "")}
    with _tracer.start_as_current_span("request", parent, SpanKind.SERVER, attributes, record_exception=False) as span:
        yield RequestSpan(span)


@contextmanager
def job(kind: str, attempt: int) -> Iterator[None]:
    """A span around an attempt at a job; an error that leaves it marks it, without its text."""
    if _tracer is None:
        yield
        return
    attributes = {"keyturn.job.kind": kind, "keyturn.job.attempt": attempt}
    with _tracer.start_as_current_span(
        f"job {kind}", attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield
        except BaseException as error:
            from opentelemetry.trace import Status, StatusCode

            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
