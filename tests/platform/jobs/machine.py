"""A machine for one test: a fresh migrated database on either engine, and processes that work on it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

ROOT = Path(__file__).resolve().parents[3]
SET_UP = "import django, sys, threading; django.setup()\n"
WORKER = """
from keyturn.platform.jobs.worker import run_worker
run_worker(threading.Event(), *([sys.argv[1].split(",")] if len(sys.argv) > 1 else []))
"""
SCHEDULER = """
from keyturn.platform.jobs.scheduler import run_scheduler
run_scheduler(threading.Event())
"""


class Machine:
    """`out` is where the test kinds write; processes still alive at the end are killed."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder, self.server = folder, server
        self.out = folder / "out.txt"
        self.database = f"kt_jobs_{uuid4().hex[:8]}" if server else ""
        self.started: list[subprocess.Popen[str]] = []
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.platform.jobs.settings",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
            "KEYTURN_DATA_DIR": str(folder),
            "KEYTURN_DATABASE_URL": self._url() if server else "",
            "KEYTURN_JOB_LEASE_SECONDS": "2",
        }

    def __enter__(self) -> "Machine":
        if self.server:
            self._on_server(f'CREATE DATABASE "{self.database}"')
        self.run("from django.core.management import call_command; call_command('migrate', verbosity=0)")
        return self

    def __exit__(self, *failure: object) -> None:
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.communicate()
        if self.server:
            self._on_server(f'DROP DATABASE "{self.database}" WITH (FORCE)')

    def start(self, source: str, *arguments: str) -> subprocess.Popen[str]:
        """A Python process with Django set up, its three streams piped or logged."""
        with (self.folder / "log.txt").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", SET_UP + source, *arguments],
                env=self.environment,
                cwd=ROOT,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self.started.append(process)
        return process

    def run(self, source: str, *arguments: str) -> str:
        """What such a process prints until it ends."""
        process = self.start(source, *arguments)
        printed, _ = process.communicate(timeout=60)
        assert process.returncode == 0, (self.folder / "log.txt").read_text()
        return printed.strip()

    def worker(self, queues: str = "") -> subprocess.Popen[str]:
        """A worker process."""
        return self.start(WORKER, *([queues] if queues else []))

    def enqueue(self, kind: str, count: int = 1, **payload: object) -> None:
        """Queue jobs that write to `out`; `line` may contain {i}."""
        self.run(
            "from keyturn.platform.jobs.services import enqueue\n"
            f"for i in range({count}):\n"
            f"    values = {payload!r}\n"
            "    if 'line' in values: values['line'] = values['line'].format(i=i)\n"
            f"    enqueue({kind!r}, file={str(self.out)!r}, **values)"
        )

    def lines(self) -> list[str]:
        """What the jobs wrote so far."""
        return self.out.read_text().splitlines() if self.out.exists() else []

    def states(self) -> str:
        """Every job's kind, status and attempts, then the executions' outcomes, as text."""
        return self.run(
            "from keyturn.platform.jobs.models import Job, Execution\n"
            "print([*Job.objects.order_by('id').values_list('kind', 'status', 'attempts')],"
            " [*Execution.objects.order_by('id').values_list('kind', 'outcome', 'attempt')])"
        )

    def _url(self) -> str:
        return urlunsplit(urlsplit(self.server)._replace(path="/" + self.database))

    def _on_server(self, statement: str) -> None:
        address = urlunsplit(urlsplit(self.server)._replace(path="/postgres"))
        with psycopg.connect(address, autocommit=True) as server:
            server.execute(statement.encode())


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until `true()`; fail after `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.05)
