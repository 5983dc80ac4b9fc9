"""`keyturn worker`: background jobs and schedules."""

import argparse
import threading

from keyturn.core import tracing
from keyturn.platform.jobs.kinds import QUEUES
from keyturn.platform.jobs.scheduler import run_scheduler
from keyturn.platform.jobs.worker import run_worker


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which queues to serve; all of them unless told otherwise."""
    parser.add_argument("--queues", nargs="+", choices=QUEUES, default=list(QUEUES), metavar="QUEUE")


def run(options: argparse.Namespace) -> int:
    """Work until told to stop. Any number of workers may run: each job and each run is taken once."""
    tracing.begin("worker")
    stop = threading.Event()
    scheduler = threading.Thread(target=run_scheduler, args=(stop,), name="scheduler", daemon=True)
    scheduler.start()
    run_worker(stop, options.queues)
    stop.set()
    scheduler.join(timeout=5)
    return 0
