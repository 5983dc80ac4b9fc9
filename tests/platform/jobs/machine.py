"""The processes of these tests, at work on a whole installation."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.installation import Installation

ROOT = Path(__file__).resolve().parents[3]
LEASE = 3
SET_UP = """
import django, os, sys, threading
os.environ["DJANGO_SETTINGS_MODULE"] = "keyturn.config.settings"
django.setup()
import tests.platform.jobs.room.tasks
"""
WORKER = """
from keyturn.platform.jobs.worker import run_worker
run_worker(threading.Event(), *([sys.argv[1].split(",")] if len(sys.argv) > 1 else []))
"""
SCHEDULER = """
from keyturn.platform.jobs.scheduler import run_scheduler
run_scheduler(threading.Event())
"""
ENQUEUE = """
import json
from keyturn.platform.jobs.services import enqueue
for values in json.loads(sys.argv[2]):
    enqueue(sys.argv[1], **values)
"""
STATES = """
from keyturn.platform.jobs.models import Job, Execution
ours = {"kind__startswith": "room."}
print([*Job.objects.filter(**ours).order_by("id").values_list("kind", "status", "attempts")],
      [*Execution.objects.filter(**ours).order_by("id").values_list("kind", "outcome", "attempt")])
"""


class Machine:
    """An installation with short leases; `out` is the file that the test kinds write."""

    def __init__(self, installation: Installation) -> None:
        self.folder, self.out = installation.folder, installation.folder / "out.txt"
        self.environment = {**installation.env, "PYTHONPATH": str(ROOT), "KEYTURN_JOB_LEASE_SECONDS": str(LEASE)}
        self.started: list[subprocess.Popen[str]] = []

    def start(self, source: str, *arguments: str) -> subprocess.Popen[str]:
        """A Python process with Django set up and the test kinds declared."""
        with (self.folder / "log.txt").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", SET_UP + source, *arguments],
                env=self.environment,
                cwd=self.folder,
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
        printed, _ = process.communicate(timeout=120)
        assert process.returncode == 0, (self.folder / "log.txt").read_text()
        return printed.strip()

    def stop(self) -> None:
        """Kill what still runs."""
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.communicate()

    def worker(self, *queues: str) -> subprocess.Popen[str]:
        """A worker process, of all queues unless some are named."""
        return self.start(WORKER, *([",".join(queues)] if queues else []))

    def enqueue(self, kind: str, *payloads: dict[str, object]) -> None:
        """Queue a job for each payload; its `file` is `out`."""
        self.run(ENQUEUE, kind, json.dumps([{"file": str(self.out), **payload} for payload in payloads]))

    def lines(self) -> list[str]:
        """What the jobs wrote so far."""
        return self.out.read_text().splitlines() if self.out.exists() else []

    def states(self) -> str:
        """Kind, status and attempts of each test job, then kind, outcome and attempt of each execution."""
        return self.run(STATES)


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until `true()`; fail after `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.05)
