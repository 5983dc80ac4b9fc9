"""Helping an admin who lost his authenticator and his recovery codes."""

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.errors import Refused
from keyturn.people.admins import services as admins
from keyturn.people.admins.models import Admin
from keyturn.people.signin import accounts, alerts, second_factor, sessions, throttling
from keyturn.people.signin.models import Authenticator, Passkey, RecoveryCode


@transaction.atomic
def reset(actor: Actor, admin: Admin) -> None:
    """Take an admin's second factor and passkeys away: he is signed out everywhere, is told by mail, and must set
    up a new one.

    Raises Refused for oneself, and where there is none.
    """
    require(actor, Permission.MANAGE_ADMINS)
    if actor.id == str(admin.uuid):
        raise Refused("Set up your own new device in your profile instead.")
    if not second_factor.is_on(admin):
        raise Refused(f"{admin.name} has no two-factor sign-in.")
    accounts.of(Authenticator.objects.all(), admin).delete()
    accounts.of(RecoveryCode.objects.all(), admin).delete()
    # They may be on the lost device.
    accounts.of(Passkey.objects.all(), admin).delete()
    accounts.update(admin, require_2fa=True)
    admins.end_sessions(actor, admin)
    sessions.end_all(admin)
    throttling.lift(second_factor.realm(admin), str(admin.uuid))
    accounts.note(actor, admin, "totp_reset")
    alerts.send(admin, alerts.Alert.TOTP_RESET, actor.ip)
