"""The failed jobs that a bulk action is about: the ticked ones, or all that match."""

from dataclasses import dataclass
from uuid import UUID

from keyturn.core.errors import Refused
from keyturn.core.ids import parse_uuid
from keyturn.platform.jobs.models import Job
from keyturn.portals.admin.job_list import FAILED, failed_source
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui.lists import Selection, read_selection


@dataclass(frozen=True)
class Picked:
    """Failed jobs that exist now."""

    selection: Selection
    uuids: list[UUID]

    @property
    def words(self) -> str:
        """`1 job`, `3,050 jobs`."""
        return f"{len(self.uuids):,} job{'' if len(self.uuids) == 1 else 's'}"

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Hidden fields that post the same selection again, with the number that was confirmed."""
        return [*self.selection.pairs(), ("expected", str(len(self.uuids)))]

    def changed(self, request: AdminRequest) -> bool:
        """Whether another number of jobs was confirmed than would be acted on now."""
        return request.POST.get("expected") != str(len(self.uuids))


def pick(request: AdminRequest) -> Picked:
    """The selection that a bulk form sends. Raises Refused when none of it is there."""
    selection = read_selection(FAILED, request)
    if selection.everything:
        rows = failed_source().matching(selection.state)
    else:
        wanted = [uuid for one in selection.ids if (uuid := parse_uuid(one))]
        rows = Job.objects.failed().filter(uuid__in=wanted)
    found = list(rows.order_by("pk").values_list("uuid", flat=True))
    if not found:
        raise Refused("There is no such failed job any more. Reload the page.")
    return Picked(selection, found)
