"""What a test has logged."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from keyturn.core.db import Shared
from keyturn.platform.logs import writer
from keyturn.platform.logs.models import LogEntry

Logged = Callable[[], list[LogEntry]]


@pytest.fixture
def logged() -> Iterator[Logged]:
    """The entries of this test, oldest first, as the writer's thread would have written them by now."""
    writer.forget()

    def written() -> list[LogEntry]:
        # The transaction around the test never ends: what waits for its end is done here.
        waiting, connection.run_on_commit = connection.run_on_commit, []
        for _, done, *_ in waiting:
            done()
        writer.flush(Shared())
        return list(LogEntry.objects.order_by("pk"))

    yield written
    writer.forget()
