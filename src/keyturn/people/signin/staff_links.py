"""The one-time links by which admins choose their password: invitations and resets."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core import crypto
from keyturn.core.clock import now
from keyturn.core.errors import Invalid, Refused
from keyturn.people.admins import services as admins
from keyturn.people.admins.models import Admin
from keyturn.people.signin import accounts
from keyturn.people.signin.models import Link
from keyturn.platform.mail.services import queue

LASTS = {Link.Purpose.INVITATION: timedelta(hours=72), Link.Purpose.RESET: timedelta(minutes=60)}
LinkTo = Callable[[str], str]


@transaction.atomic
def invite(actor: Actor, admin: Admin, link_to: LinkTo) -> str:
    """Mail an admin who has no password yet a link to choose one; gives the link.

    `link_to` makes the address for a token. The link before stops working.
    """
    require(actor, Permission.MANAGE_ADMINS)
    if admin.has_usable_password():
        raise Refused(f"{admin.name} has set up the account already. Send a password reset instead.")
    url, expires = _issue(admin, Link.Purpose.INVITATION, link_to)
    variables = {"admin_name": admin.name, "role": admin.get_role_display(), "action_url": url, "expiry_date": expires}
    queue("admin-invitation", to=admin.email, variables=variables)
    accounts.note(actor, admin, "invited")
    return url


@transaction.atomic
def reset(actor: Actor, admin: Admin, link_to: LinkTo) -> str:
    """Sign an admin out everywhere and mail him a link to choose a new password; gives the link."""
    require(actor, Permission.MANAGE_ADMINS)
    if not admin.is_active:
        raise Refused(f"{admin.name} is inactive. Reactivate the account first.")
    admins.end_sessions(actor, admin)
    url, expires = _issue(admin, Link.Purpose.RESET, link_to)
    variables = {"admin_name": admin.name, "action_url": url, "expiry_date": expires, "ip_address": actor.ip}
    queue("admin-password-reset", to=admin.email, variables=variables)
    accounts.note(actor, admin, "password_reset_sent")
    return url


def find(token: str) -> Link | None:
    """The link behind `token`, while it can be used."""
    links = Link.objects.select_related("admin").filter(admin__is_active=True, used_at=None, expires_at__gt=now())
    return links.filter(token_hash=crypto.token_hash(token)).first()


@transaction.atomic
def choose_password(token: str, password: str) -> Admin:
    """Set the password of the admin whom `token` was sent to. Raises Invalid, and Refused for a dead link."""
    link = find(token)
    if link is None or link.admin is None:
        raise Refused("This link is no longer valid.")
    try:
        validate_password(password, link.admin)
    except ValidationError as problem:
        raise Invalid({"password": list(problem.messages)}) from problem
    # The UPDATE picks the winner: of two forms sent at once, one finds the link unused.
    if not Link.objects.filter(pk=link.pk, used_at=None).update(used_at=now()):
        raise Refused("This link is no longer valid.")
    link.admin.set_password(password)
    link.admin.save(update_fields=["password"])
    accounts.note(accounts.themselves(link.admin), link.admin, "password_set")
    return link.admin


def _issue(admin: Admin, purpose: Link.Purpose, link_to: LinkTo) -> tuple[str, datetime]:
    Link.objects.filter(admin=admin, used_at=None, purpose__in=LASTS).delete()
    token, expires = crypto.new_token(), now() + LASTS[purpose]
    Link.objects.create(admin=admin, purpose=purpose, token_hash=crypto.token_hash(token), expires_at=expires)
    return link_to(token), expires
