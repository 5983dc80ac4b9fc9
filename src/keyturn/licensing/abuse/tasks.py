"""Looking for misuse, a few minutes after it happened."""

from keyturn.licensing.abuse import detection, standing
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.jobs.timetable import every, schedule


@schedule(every(minutes=15))
@job(timeout=600, title="Abuse detection")
def detect(run: Run) -> dict[str, int]:
    """Judge the activations that came since the last time (ABU-07)."""
    forgotten = standing.forget()
    return {**detection.run(), "forgotten": forgotten}
