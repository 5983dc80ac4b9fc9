"""Traces, as a collector on this machine receives them."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

# What a web server and a worker do, in a process of its own: the SDK belongs to a process.
PROGRAM = """
from keyturn.core import tracing
tracing.begin("web")
headers = {"HTTP_TRACEPARENT": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "HTTP_X_REQUEST_ID": "r-1"}
with tracing.request(headers) as span:
    if span:
        span.answered("api/v1/verify", "POST", 503)
try:
    with tracing.job("licenses.expire", 2):
        raise ValueError("ada@example.com")
except ValueError:
    pass
print(span)
"""


class Collector(HTTPServer):
    """Keeps what is sent to /v1/traces."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies: list[bytes] = []

    @property
    def spans(self) -> dict[str, Span]:
        """The spans by name."""
        received = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return {
            span.name: span
            for each in received
            for resource in each.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }


class Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def run(**extra: str) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")} | extra
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_requests_and_jobs_reach_the_collector_without_personal_data(collector: Collector) -> None:
    run(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.server_port}", OTEL_EXPORTER_OTLP_COMPRESSION="none")
    spans = collector.spans
    asked, job = spans["POST api/v1/verify"], spans["job licenses.expire"]
    assert asked.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert asked.parent_span_id.hex() == "b7ad6b7169203331"
    told = {each.key: each.value.string_value or each.value.int_value for each in asked.attributes}
    assert told["http.response.status_code"] == 503
    assert told["keyturn.request_id"] == "r-1"
    assert (asked.status.code, job.status.code) == (2, 2)
    assert job.status.message == "ValueError"
    assert not any(b"ada@" in body for body in collector.bodies)


def test_nothing_is_traced_unless_an_endpoint_is_named(collector: Collector) -> None:
    assert run() == "None"
    assert collector.bodies == []
