"""What an admin can do with one license: the entries of its menu."""

from dataclasses import dataclass

from django.urls import reverse

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, may
from keyturn.licensing.licenses.abilities import Change, obstacle
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.offline.services import why_not

# Who may, what it is called, its icon.
_ENTRIES: dict[Change, tuple[Permission, str, str]] = {
    Change.EDIT: (Permission.MANAGE_LICENSES, "Edit", "pencil"),
    Change.ASSIGN: (Permission.ASSIGN_LICENSES, "Assign…", "user-plus"),
    Change.RENEW: (Permission.MANAGE_LICENSES, "Renew…", "calendar-plus"),
    Change.SUSPEND: (Permission.STOP_LICENSES, "Suspend…", "circle-pause"),
    Change.REACTIVATE: (Permission.STOP_LICENSES, "Reactivate", "circle-play"),
    Change.UNASSIGN: (Permission.MANAGE_LICENSES, "Unassign…", "user-minus"),
    Change.REVOKE: (Permission.STOP_LICENSES, "Revoke…", "ban"),
    Change.DELETE: (Permission.MANAGE_LICENSES, "Delete…", "trash-2"),
}
_FINAL = (Change.REVOKE, Change.DELETE)


@dataclass(frozen=True)
class Entry:
    """One entry. `href` leads to a page, `get` asks for a dialog, `post` acts at once; `why_not` disables it.

    `final` marks what cannot be undone; the first of them stands below a line.
    """

    label: str
    icon: str
    href: str = ""
    get: str = ""
    post: str = ""
    why_not: str = ""
    final: bool = False
    line: bool = False


def entries(actor: Actor, license: License) -> list[Entry]:
    """What the role of `actor` has, each with why the state of `license` forbids it."""
    changes = [change for change in _shown(license) if may(actor, _ENTRIES[change][0])]
    first = next((change for change in changes if change in _FINAL), None)
    # Asking the router for each would take longer than all the rest of the row.
    base = reverse("admin:license", args=[license.uuid])
    made = [_entry(license, change, f"{base}/{change}", line=change == first) for change in changes]
    if may(actor, Permission.MANAGE_LICENSES):
        file = Entry("Generate Offline License", "file-down", href=f"{base}/offline-file", why_not=why_not(license))
        made.insert(sum(change not in _FINAL for change in changes), file)
    return made


def _shown(license: License) -> list[Change]:
    hidden = Change.SUSPEND if license.status == Status.SUSPENDED else Change.REACTIVATE
    return [change for change in _ENTRIES if change != hidden]


def _entry(license: License, change: Change, url: str, *, line: bool) -> Entry:
    _, label, icon = _ENTRIES[change]
    kind = {Change.EDIT: "href", Change.REACTIVATE: "post"}.get(change, "get")
    return Entry(
        label,
        icon,
        why_not=obstacle(license, change),
        final=change in _FINAL,
        line=line,
        **{kind: url},
    )
