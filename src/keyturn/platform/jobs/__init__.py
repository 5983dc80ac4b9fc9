"""Background jobs and schedules, kept in the product's own database.

Declare a kind in a room's `tasks.py` (found in every installed app):

    from keyturn.platform.jobs.kinds import job, pauses
    from keyturn.platform.jobs.runs import Run
    from keyturn.platform.jobs.timetable import daily, every, schedule

    @job(queue="bulk", attempts=3, timeout=300, title="License generation")
    def generate(run: Run, *, generator_id: int, quantity: int) -> dict[str, int]: ...

    @schedule(every(minutes=1))
    @job()
    def expire(run: Run) -> None: ...

Queue it inside the transaction of the change that calls for it; workers see it after the commit:

    from keyturn.platform.jobs.services import enqueue
    uuid = enqueue(generate, generator_id=7, quantity=5000)

Every job may run twice (a machine can die after the work and before the record of it), so its effects
must be repeatable. A long one commits in slices of at most 50 ms and calls `run.report(processed, total)`
inside each slice's transaction: when the job was given to another worker meanwhile, that call raises and
the slice is undone; `run.processed` is where the next attempt resumes. What it returns (JSON, no secrets)
is kept with the result. Waiting pages read `services.progress(uuid)`.

The admin page reads `Job.objects.active() / failed() / search(term)` and their `queue_names()`,
`Execution.objects.recent()`, `Schedule` rows (those in `timetable.timetable()`), `kinds.title(kind)` for
readable names and `services.worker_missing()`; it acts by `services.retry` and `services.delete`.

The two entry functions, both needing `django.setup()` first:

`keyturn.platform.jobs.worker.run_worker(stop: threading.Event, queues: Sequence[str] = QUEUES) -> None`
    Runs jobs one at a time until `stop` is set or SIGTERM or SIGINT comes; the current job is finished
    first. It takes over these signals and enforces time limits by SIGALRM, so it must be called in the
    main thread of a process of its own, which the caller starts again when it ends uninvited (exit code
    70: a job could not be stopped). Jobs of the queue `webhooks` have a thread beside it, without
    SIGALRM: they wait for other people's servers, for seconds at most. More processes run more jobs side
    by side; giving one of them `FAST_QUEUES` keeps sign-in mail moving while another is busy with a long
    import.

`keyturn.platform.jobs.scheduler.run_scheduler(stop: threading.Event) -> None`
    Queues what is due, until `stop` is set. Runs in any thread or process; any number may run.
"""
