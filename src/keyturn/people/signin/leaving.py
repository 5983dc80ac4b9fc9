"""Erasing an admin with what signing in and mail have kept of him."""

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.people.admins import services as admins
from keyturn.people.admins.models import Admin
from keyturn.people.signin import accounts
from keyturn.people.signin.models import Passkey
from keyturn.platform.mail import services as mail


@transaction.atomic
def delete(actor: Actor, admin: Admin) -> None:
    """Erase an admin for ever: his data, sessions, links, second factor, passkeys, history of sign-ins, and mails.

    The row stays, so that history shows `Deleted Admin`. Raises Refused.
    """
    address = admin.email
    admins.delete(actor, admin)
    accounts.forget(admin)
    accounts.of(Passkey.objects.all(), admin).delete()
    mail.forget_recipient(address)
