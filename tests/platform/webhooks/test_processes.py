"""A worker that is killed between sending and recording, with real processes."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.installation import Installation, Process

SET_UP = """
from keyturn.access.actors import system
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses import services
from keyturn.licensing.products import services as products
from keyturn.platform.webhooks import services as webhooks
me = system("test", "production")
product = products.create(me, name="Pro App", key_bits=2048)
generator = generators.create(me, product=product, name="One year", type="uuid", activation_limit=1)
webhooks.create(me, name="Shop", url="{url}", environment="production", events=["license.created"])
services.generate(me, generator, 3)
"""
STATES = """
from keyturn.platform.webhooks.models import Delivery
print(" ".join(Delivery.objects.order_by("id").values_list("status", flat=True)))
"""
FAST = {"KEYTURN_JOB_LEASE_SECONDS": "2", "KEYTURN_ALLOW_LOCAL_CALLS": "1"}


class _Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if len(body) < int(self.headers["Content-Length"]):
            # Its sender was killed while it still wrote: no request that a receiver could have taken.
            return
        self.server.seen.append((self.headers["webhook-id"], body))  # type: ignore[attr-defined]
        self.server.on_seen()  # type: ignore[attr-defined]
        try:
            self.send_response(204)
            self.end_headers()
        except OSError:
            pass

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def deadly() -> Iterator[Any]:
    """A receiver that does something when it has read a request, before it answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    server.seen, server.on_seen = [], lambda: None  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def _wait(condition: Callable[[], bool], worker: Process, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, worker.log
        time.sleep(0.05)


@pytest.mark.spec("WHK-06", "WHK-11", "JOB-11")
def test_a_worker_killed_between_send_and_record(installation: Installation, deadly: Any) -> None:
    """The receiver hears at least once, under the same delivery id and with the same body."""
    installation.env |= FAST
    installation.python(SET_UP.format(url=f"http://127.0.0.1:{deadly.server_port}/hook"))
    with installation.worker() as worker:
        lock = threading.Lock()

        def kill() -> None:
            with lock:
                if worker.popen.poll() is None:
                    os.killpg(worker.popen.pid, signal.SIGKILL)
                    worker.popen.wait()

        deadly.on_seen = kill
        _wait(lambda: worker.popen.poll() is not None, worker)
    before = list(deadly.seen)
    assert before
    assert set(installation.python(STATES).split()) == {"pending"}
    deadly.on_seen = lambda: None
    with installation.worker() as worker:
        _wait(lambda: set(installation.python(STATES).split()) == {"success"}, worker)
        log = worker.log
    bodies: dict[str, set[bytes]] = {}
    for message, body in deadly.seen:
        bodies.setdefault(message, set()).add(body)
    assert len(bodies) == 3
    assert all(len(sent) == 1 for sent in bodies.values())
    assert len(deadly.seen) > 3
    assert {message for message, _ in before} <= {message for message, _ in deadly.seen[len(before) :]}
    keys = [json.loads(body)["payload"]["license"]["license_key"] for _, body in deadly.seen]
    assert not [key for key in keys if key in log]
