"""Workers that die, and a mail server that comes back: with real processes."""

import os
import signal
import time
from collections.abc import Callable

import pytest

from tests.installation import Installation, Process, free_port
from tests.mailserver import MailServer, mail_server

QUEUE = """
from keyturn.platform.mail import services
from keyturn.platform.preferences import services as preferences
for name, value in {settings!r}.items():
    preferences.set_value("mail." + name, value)
for number in range({count}):
    services.queue("magic-link", to=f"c{{number}}@example.com", key=f"event-{{number}}",
                   variables={{"action_url": "https://example.com/enter/t0ken-%d" % number}})
"""
STATES = """
from keyturn.platform.mail.models import Message
print(" ".join(Message.objects.order_by("id").values_list("state", flat=True)))
"""
LEASE = {"KEYTURN_JOB_LEASE_SECONDS": "2"}


def _queue(installation: Installation, port: int, count: int) -> None:
    settings = {"host": "127.0.0.1", "port": port, "encryption": "none", "sender_email": "shop@example.com"}
    installation.python(QUEUE.format(settings=settings, count=count))


def _wait(condition: Callable[[], bool], worker: Process, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, worker.log
        time.sleep(0.05)


def _wait_until_sent(installation: Installation, worker: Process) -> None:
    _wait(lambda: set(installation.python(STATES).split()) == {"sent"}, worker)


@pytest.mark.spec("JOB-11", "JOB-12")
def test_a_worker_killed_between_mail_and_record(installation: Installation) -> None:
    """The one thing that only the mail server knows: the repetition carries the same Message-ID."""
    with mail_server() as server:
        _queue(installation, server.port, 3)
        with installation.worker(**LEASE) as worker:
            server.before_answer = lambda: _kill(server, worker)
            _wait(lambda: worker.popen.poll() is not None, worker)
        with installation.worker(**LEASE) as worker:
            _wait_until_sent(installation, worker)
            log = worker.log
        identities = [mail["Message-ID"] for mail in server.received]
    assert len(set(identities)) == 3
    assert len(identities) == 4
    assert [to for _, to in server.envelopes if to == server.envelopes[0][1]] == [server.envelopes[0][1]] * 2
    assert "t0ken" not in log
    assert "@example.com" not in log


def _kill(server: MailServer, worker: Process) -> None:
    server.before_answer = lambda: None
    os.killpg(worker.popen.pid, signal.SIGKILL)
    # The answer must not reach a dying process.
    worker.popen.wait()


@pytest.mark.spec("JOB-11")
def test_one_mail_each_from_several_workers(installation: Installation) -> None:
    with mail_server() as server:
        _queue(installation, server.port, 30)
        with installation.worker(**LEASE) as worker, installation.worker(**LEASE):
            _wait_until_sent(installation, worker)
        assert sorted(to[0] for _, to in server.envelopes) == sorted(f"c{number}@example.com" for number in range(30))


def test_a_server_that_is_away_is_named_in_the_log_without_the_recipient(installation: Installation) -> None:
    _queue(installation, free_port(), 1)
    with installation.worker(**LEASE) as worker:
        log = worker.wait_for("Connection refused.")
    assert "c0@example.com" not in log
    assert "t0ken" not in log
    assert installation.python(STATES) == "queued"
