"""Jobs across processes: commit, crash, stop and rivalry are real."""

import signal
import time
from collections import Counter

import pytest
from tests.platform.jobs.machine import LEASE, SCHEDULER, WORKER, Machine, until

from keyturn.platform.jobs import heartbeat
from keyturn.platform.jobs.kinds import FAST_QUEUES

IN_TRANSACTION = """
from django.db import transaction
from keyturn.platform.jobs.services import enqueue
try:
    with transaction.atomic():
        enqueue("room.note", file=sys.argv[1], line="seen")
        print("queued", flush=True)
        if sys.stdin.readline().strip() == "roll back":
            raise LookupError
except LookupError:
    pass
"""
RETRY = """
from keyturn.access.actors import system
from keyturn.platform.jobs.services import retry
print("ready", flush=True)
sys.stdin.readline()
print(retry(system()))
"""


@pytest.mark.spec("JOB-09")
def test_a_job_is_invisible_until_its_transaction_commits(machine: Machine) -> None:
    machine.worker()
    for answer in ("roll back", "commit"):
        change = machine.start(IN_TRANSACTION, str(machine.out))
        assert change.stdout
        assert change.stdout.readline() == "queued\n"
        time.sleep(2)
        assert machine.lines() == []
        change.communicate(answer + "\n")
    until(lambda: machine.lines() == ["seen"])
    until(lambda: machine.states() == "[] [('room.note', 'completed', 1)]")


@pytest.mark.spec("JOB-12")
def test_a_killed_workers_job_runs_exactly_once_more(machine: Machine) -> None:
    machine.enqueue("room.slow", {"seconds": 60})
    victim = machine.worker()
    until(lambda: machine.lines() == ["start 1"])
    others = [machine.worker(), machine.worker()]
    # The lease is kept by the heartbeat, not by being long.
    time.sleep(LEASE + 2)
    assert machine.lines() == ["start 1"]
    victim.send_signal(signal.SIGKILL)
    until(lambda: "end 2" in machine.lines())
    time.sleep(LEASE)
    assert machine.lines() == ["start 1", "start 2", "end 2"]
    assert all(worker.poll() is None for worker in others)
    assert machine.states() == "[] [('room.slow', 'failed', 1), ('room.slow', 'completed', 2)]"


@pytest.mark.spec("JOB-12")
def test_sigterm_finishes_the_current_job_and_no_other(machine: Machine) -> None:
    machine.enqueue("room.slow", *[{"seconds": 2}] * 2)
    worker = machine.worker()
    until(lambda: machine.lines() == ["start 1"])
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=60) == 0
    assert machine.lines() == ["start 1", "end 1"]
    assert machine.states() == "[('room.slow', 'queued', 0)] [('room.slow', 'completed', 1)]"


def test_four_workers_run_each_of_many_jobs_once(machine: Machine) -> None:
    machine.enqueue("room.note", *[{"line": str(i)} for i in range(200)])
    for _ in range(4):
        machine.worker()
    until(lambda: len(machine.lines()) >= 200)
    time.sleep(1)
    assert Counter(machine.lines()) == {str(i): 1 for i in range(200)}


def test_a_kind_that_runs_alone_never_meets_itself(machine: Machine) -> None:
    machine.enqueue("room.lonely", *[{}] * 6)
    for _ in range(3):
        machine.worker("bulk")
    until(lambda: len(machine.lines()) == 12)
    assert machine.lines() == ["start", "end"] * 6


@pytest.mark.spec("JOB-07")
def test_workers_take_high_first_and_only_their_queues(machine: Machine) -> None:
    machine.enqueue("room.slow", {"seconds": 0})
    machine.enqueue("room.note", {"line": "default"})
    machine.enqueue("room.urgent", {"line": "high"})
    machine.worker(*FAST_QUEUES)
    until(lambda: len(machine.lines()) == 2)
    time.sleep(1.5)
    assert machine.lines() == ["high", "default"]


@pytest.mark.spec("JOB-07", "JOB-12")
def test_waiting_for_a_receiver_holds_up_no_mail(machine: Machine) -> None:
    machine.enqueue("room.calling", {"seconds": 30})
    worker = machine.worker()
    until(lambda: machine.lines() == ["calling"])
    machine.enqueue("room.urgent", {"line": "mail"})
    until(lambda: machine.lines() == ["calling", "mail"])
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=60) == 0
    assert machine.lines() == ["calling", "mail", "called"]


def test_a_worker_without_its_thread_ends(machine: Machine) -> None:
    broken = """
from keyturn.platform.jobs import claims
claim = claims.claim
def failing(queues, lease):
    if queues == ["webhooks"]:
        raise ValueError("broken")
    return claim(queues, lease)
claims.claim = failing
"""
    assert machine.start(broken + WORKER).wait(timeout=60) == 0


@pytest.mark.spec("JOB-10")
def test_a_job_that_outlives_its_time_limit_is_stopped(machine: Machine) -> None:
    machine.enqueue("room.endless", {})
    machine.enqueue("room.note", {"line": "next"})
    machine.worker()
    until(lambda: machine.lines() == ["next"])
    assert "('room.endless', 'failed', 1)" in machine.states()


@pytest.mark.spec("JOB-16")
def test_rival_schedulers_queue_a_due_task_once(machine: Machine) -> None:
    machine.run(
        "from datetime import datetime, UTC\n"
        "from keyturn.platform.jobs.models import Schedule\n"
        "from keyturn.platform.jobs.scheduler import enter_timetable\n"
        "enter_timetable()\n"
        "Schedule.objects.filter(name='room.purge').update(next_run_at=datetime(2026, 1, 1, tzinfo=UTC))"
    )
    rivals = [machine.start(SCHEDULER) for _ in range(3)]
    until(lambda: "room.purge" in machine.states())
    time.sleep(2)
    assert machine.states().count("room.purge") == 1
    assert all(rival.poll() is None for rival in rivals)


@pytest.mark.spec("JOB-12")
def test_a_worker_that_slept_through_its_lease_stops_its_attempt_and_goes_on(machine: Machine) -> None:
    machine.enqueue("room.slow", {"seconds": 60})
    sleeper = machine.worker()
    until(lambda: machine.lines() == ["start 1"])
    sleeper.send_signal(signal.SIGSTOP)
    other = machine.worker()
    until(lambda: machine.lines() == ["start 1", "start 2", "end 2"])
    other.send_signal(signal.SIGTERM)
    assert other.wait(timeout=60) == 0
    sleeper.send_signal(signal.SIGCONT)
    machine.enqueue("room.note", {"line": "next"})
    until(lambda: machine.lines() == ["start 1", "start 2", "end 2", "next"])
    until(lambda: "('room.note', 'completed', 1)" in machine.states())
    assert machine.states().count("room.slow") == 2


@pytest.mark.spec("JOB-10")
def test_a_job_that_cannot_be_interrupted_costs_the_worker_its_life_but_blocks_nobody(machine: Machine) -> None:
    machine.enqueue("room.deaf", {})
    stuck = machine.start("from keyturn.platform.jobs import heartbeat; heartbeat.GRACE = 0.5" + WORKER)
    assert stuck.wait(timeout=60) == heartbeat.STUCK
    machine.worker()
    until(lambda: "('room.deaf', 'failed', 1)" in machine.states())


def test_a_worker_outlives_the_loss_of_its_database_connections(machine: Machine) -> None:
    if not machine.environment["KEYTURN_DATABASE_URL"]:
        pytest.skip("SQLite has no connections to lose")
    machine.worker()
    for line in ("before", "after"):
        machine.enqueue("room.note", {"line": line})
        until(lambda line=line: line in machine.lines())
        machine.run(
            "from django.db import connection\n"
            "connection.cursor().execute('SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()')"
        )
    assert machine.lines() == ["before", "after"]


@pytest.mark.spec("JOB-04")
def test_admins_who_retry_all_at_once_share_the_jobs_between_them(machine: Machine) -> None:
    machine.enqueue("room.note", *[{"line": str(i)} for i in range(300)])
    machine.run(
        "from django.utils.timezone import now\n"
        "from keyturn.platform.jobs.models import Job\n"
        "Job.objects.update(status='failed', failed_at=now())"
    )
    admins = [machine.start(RETRY) for _ in range(3)]
    for admin in admins:
        assert admin.stdout
        assert admin.stdout.readline() == "ready\n"
    for admin in admins:
        assert admin.stdin
        admin.stdin.write("go\n")
        admin.stdin.flush()
    counts = [int(admin.communicate(timeout=60)[0]) for admin in admins]
    assert sum(counts) == 300
    machine.worker()
    until(lambda: len(machine.lines()) >= 300)
    assert len(set(machine.lines())) == len(machine.lines()) == 300
