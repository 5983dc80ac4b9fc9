"""What follows the deletion of an admin."""

from keyturn.core import journal
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run


@job(attempts=10, title="Traces of a deleted admin")
def remove_traces(run: Run) -> None:
    """On SQLite his data stand in the write-ahead log, too, until it is emptied."""
    journal.empty()
