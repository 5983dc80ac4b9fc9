"""The one-time links by which admins choose their password: invitations and resets."""

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.errors import Refused
from keyturn.people.admins import services as admins
from keyturn.people.admins.models import Admin
from keyturn.people.signin import accounts, invitations, links, policy, throttling
from keyturn.people.signin.links import DeadLink, Purpose
from keyturn.people.signin.models import Link

_BOTH = (Purpose.INVITATION, Purpose.RESET)


@transaction.atomic
def invite(actor: Actor, admin: Admin) -> str:
    """Mail an admin who has no password yet a link to choose one; gives the link. The one before stops working."""
    require(actor, Permission.MANAGE_ADMINS)
    if admin.has_usable_password():
        raise Refused(f"{admin.name} has set up the account already. Send a password reset instead.")
    links.void(admin, *_BOTH)
    address = invitations.send(admin, Purpose.INVITATION, role=admin.get_role_display())
    accounts.note(actor, admin, "invited")
    return address


@transaction.atomic
def reset(actor: Actor, admin: Admin) -> str:
    """Sign an admin out everywhere and mail him a link to choose a new password; gives the link."""
    require(actor, Permission.MANAGE_ADMINS)
    if not admin.is_active:
        raise Refused(f"{admin.name} is inactive. Reactivate the account first.")
    admins.end_sessions(actor, admin)
    links.void(admin, *_BOTH)
    address = invitations.send(admin, Purpose.RESET, ip=actor.ip)
    accounts.note(actor, admin, "password_reset_sent")
    return address


def find(token: str) -> Link | None:
    """The link behind `token`, while it can be used."""
    for purpose in _BOTH:
        try:
            link = links.look(accounts.ADMIN, purpose, token)
        except DeadLink:
            continue
        return link if link.admin and link.admin.is_active else None
    return None


def choose_password(token: str, password: str, *, ip: str = "") -> Admin:
    """Set the password of the admin whom `token` was sent to. Raises Invalid, and Refused for a dead link."""
    link = find(token)
    if link is None or link.admin is None:
        raise Refused("This link is no longer valid.")
    admin = link.admin
    hashed = policy.hashed(admin, password)
    try:
        with transaction.atomic():
            links.use(link)
            policy.store(accounts.themselves(admin, ip=ip), admin, hashed, event="password_reset")
            throttling.lift(accounts.ADMIN, admin.email)
    except DeadLink as problem:
        raise Refused("This link is no longer valid.") from problem
    return admin
