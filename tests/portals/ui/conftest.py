"""The showcase, and a server for it."""

import threading
from collections.abc import Iterator

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from pytest_django.fixtures import Settings


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def with_showcase(settings: Settings) -> None:
    """The showcase's addresses, as in DEBUG."""
    settings.ROOT_URLCONF = "tests.portals.ui.urls"


@pytest.fixture
def showcase(with_showcase: None) -> Iterator[str]:
    """The address of a server with the showcase. It needs no database, so a thread is enough."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
    server.set_app(StaticFilesHandler(get_wsgi_application()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/admin/_components"
    server.shutdown()
    server.server_close()
    thread.join()
