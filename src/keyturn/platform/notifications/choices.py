"""How admins want to be told: the grid of types and channels (NTF-12)."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.errors import NotPermitted
from keyturn.platform.notifications.kinds import DEFAULTS, Channels, Type
from keyturn.platform.notifications.models import Choice
from keyturn.platform.notifications.people import Person


def of(admin: Person) -> dict[str, Channels]:
    """What `admin` wants, by type."""
    return {type: channels for (_, type), channels in of_many([admin]).items()}


def of_many(admins: Sequence[Person]) -> dict[tuple[int, str], Channels]:
    """What each of `admins` wants, by his key and the type."""
    wanted = {(admin.pk, type): channels for admin in admins for type, channels in DEFAULTS.items()}
    for row in Choice.objects.filter(admin__in=[admin.pk for admin in admins]):
        # Nobody can be kept from seeing what happens to his own account.
        wanted[row.admin_id, row.type] = Channels(row.in_app or row.type == Type.SECURITY, row.email)
    return wanted


@transaction.atomic
def save(actor: Actor, admin: Person, wanted: Mapping[str, Channels]) -> bool:
    """Keep what an admin chose for himself, types that are not named as they are; whether anything changed."""
    require(actor, Permission.USE_PORTAL)
    if actor.kind != "admin" or actor.id != str(admin.uuid):
        raise NotPermitted(Permission.USE_PORTAL)
    before = of(admin)
    changed = {type: channels for type, channels in wanted.items() if type in before and channels != before[type]}
    for type, channels in changed.items():
        values = {"in_app": channels.in_app or type == Type.SECURITY, "email": channels.email}
        Choice.objects.update_or_create(admin_id=admin.pk, type=type, defaults=values)
    return of(admin) != before
