"""The licenses that a bulk action is about: the ticked ones, or all that match."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from keyturn.access.permissions import Permission, may
from keyturn.core.errors import Refused
from keyturn.core.ids import parse_uuid
from keyturn.licensing.licenses import bulk, lists
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.portals.admin.license_list import LICENSES, filters_of
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui.lists import Selection, read_selection


@dataclass(frozen=True)
class Picked:
    """`licenses` is empty when it is `later`: there are too many for one request, a job finds them."""

    selection: Selection
    total: int
    licenses: Sequence[License]
    later: bool

    @property
    def words(self) -> str:
        """`1 license`, `3,050 licenses`."""
        return f"{self.total:,} license{'' if self.total == 1 else 's'}"

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """Hidden fields that post the same selection again, with the number that was confirmed."""
        return [*self.selection.pairs(), ("expected", str(self.total))]

    @property
    def states(self) -> Counter[str]:
        """How many there are in each state."""
        return Counter(str(license.status) for license in self.licenses)

    @property
    def stock(self) -> int:
        """How many are available."""
        return self.states[Status.AVAILABLE]

    @property
    def owned(self) -> int:
        """How many would change hands."""
        return len(self.licenses) - self.stock

    @property
    def devices(self) -> int:
        """How many devices are in use on them."""
        return sum(license.active_devices for license in self.licenses)

    @property
    def activated(self) -> int:
        """How many were ever activated."""
        return sum(license.activated_at is not None for license in self.licenses)

    @property
    def assignment(self) -> str:
        """What assigning them means, in words."""
        if self.later:
            return "All go to one customer, in the background. What cannot be assigned is left as it is."
        names = {license.product.name for license in self.licenses}
        keys = "This key goes" if self.total == 1 else "Both keys go" if self.total == 2 else "All keys go"
        if len(names) == 1:
            keys = keys.replace("key", f"{names.pop()} key", 1)
        moves = []
        if self.stock:
            who = f"{self.stock:,} of them change" if self.owned else "Each changes"
            moves.append(f"{who} from Available to Assigned")
        if self.owned:
            moves.append(f"{self.owned:,} with a customer already change hands, keeping state and devices")
        return f"{keys} to one customer. {'; '.join(moves)}."


def pick(request: AdminRequest, change: str) -> Picked:
    """The selection that the form of a bulk change sends. Raises Refused when it is empty."""
    most = bulk.at_once(change)
    selection = read_selection(LICENSES, request)
    rows = License.objects.in_scope(request.actor).select_related("product", "customer")
    if selection.everything:
        ids = lists.matching_ids(request.actor, selection.state.search, filters_of(selection.state))
        total = len(ids)
        found = list(rows.filter(pk__in=ids)) if total <= most else []
    else:
        found = list(rows.filter(uuid__in=[uuid for one in selection.ids if (uuid := parse_uuid(one))][:most]))
        total = len(found)
    if not total:
        raise Refused("Select at least one license first.")
    return Picked(selection, total, found, later=total > most)


def changed_since(request: AdminRequest, picked: Picked) -> bool:
    """Whether another number of licenses was confirmed than would be changed now."""
    return request.method == "POST" and request.POST.get("expected") != str(picked.total)


def may_hand_over(request: AdminRequest, picked: Picked) -> bool:
    """Whether this admin may give all of them away; those with a customer take more than those in stock."""
    return not picked.owned or may(request.actor, Permission.MANAGE_LICENSES)
