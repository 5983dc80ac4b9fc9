"""Open sessions: a random token in a cookie, its hash in a row that can be listed and ended."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from keyturn.access.actors import Actor
from keyturn.access.permissions import Right, require_own
from keyturn.core import crypto
from keyturn.core.clock import now
from keyturn.core.http import client_ip
from keyturn.people.admins.models import Admin
from keyturn.people.customers.models import Customer
from keyturn.people.signin import accounts
from keyturn.people.signin.accounts import Account
from keyturn.people.signin.models import Session
from keyturn.platform.logs import visits
from keyturn.platform.preferences import services as preferences

LONGEST = timedelta(days=30)
CODE_TIME = timedelta(minutes=10)
VIEWING_TIME = timedelta(minutes=30)
# Tokens of admins who look on begin so: once their time is over, the cookie is all that tells what it was.
VIEWING = "view."
# The moment of the last request is written at most this often, not at every request.
_RESOLUTION = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from, as far as sessions and the history of sign-ins keep it."""

    ip: str = ""
    user_agent: str = ""


def visitor(request: HttpRequest) -> Visitor:
    """Who asks, by address and browser."""
    ip = client_ip(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For"))
    return Visitor(ip, request.headers.get("User-Agent", "")[:300])


def begin(
    account: Account,
    method: str,
    visitor: Visitor,
    *,
    second_factor_due: bool = False,
    viewer: Admin | None = None,
    token: str = "",
) -> str:
    """Open a session and give the token for its cookie; `token` is for those who have one already."""
    token = token or crypto.new_token()
    lasts = VIEWING_TIME if viewer else CODE_TIME if second_factor_due else LONGEST
    Session.objects.create(
        **accounts.owner(account),
        token_hash=crypto.token_hash(token),
        method=method,
        second_factor_due=second_factor_due,
        viewer=viewer,
        created_at=now(),
        seen_at=now(),
        expires_at=now() + lasts,
        ip=visitor.ip,
        user_agent=visitor.user_agent,
    )
    if viewer is None:
        visits.note_session(token)
    return token


def find(token: str, visitor: Visitor, *, seen: bool = True) -> Session | None:
    """The session of this token; none when it ended, expired or idled for too long.

    `seen` says that a person is there; a page that asks by itself does not keep a session open.
    """
    session = (
        Session.objects.select_related("customer", "admin", "viewer")
        .filter(token_hash=crypto.token_hash(token), expires_at__gt=now())
        .first()
    )
    if session is None:
        return None
    if now() - session.seen_at > _idle(session):
        session.delete()
        return None
    if seen and (now() - session.seen_at >= _RESOLUTION or session.ip != visitor.ip):
        session.seen_at, session.ip = now(), visitor.ip
        Session.objects.filter(pk=session.pk).update(seen_at=session.seen_at, ip=session.ip)
    return session


def end(token: str) -> None:
    """Close the session of this token."""
    Session.objects.filter(token_hash=crypto.token_hash(token)).delete()


def open_sessions(account: Account) -> QuerySet[Session]:
    """The person's own sessions that can still do something, the one used last first."""
    return accounts.of(
        Session.objects.filter(viewer=None, second_factor_due=False, expires_at__gt=now()), account
    ).order_by("-seen_at", "-pk")


def end_one(account: Account, uuid: UUID) -> bool:
    """End one of the person's sessions; whether there was one."""
    return bool(accounts.of(Session.objects.filter(uuid=uuid, viewer=None), account).delete()[0])


def end_all(account: Account, *, keep: Session | None = None) -> int:
    """End the person's sessions and those that wait for his code, but not `keep`; how many there were."""
    rows = accounts.of(Session.objects.filter(viewer=None), account)
    return (rows.exclude(pk=keep.pk) if keep else rows).delete()[0]


def shut_out(account: Account) -> None:
    """End the person's sessions like `end_all`, but let `why_over` still tell whose they were."""
    accounts.of(Session.objects.filter(viewer=None), account).update(expires_at=now())


def why_over(token: str) -> str:
    """Why the session of this token ended, in words for who held it; empty when there is nothing to tell."""
    if token.startswith(VIEWING):
        return "Viewing as a customer has ended. Start again from the customer's page in the Admin Portal."
    session = (
        Session.objects.select_related("customer").filter(token_hash=crypto.token_hash(token), viewer=None).first()
    )
    return accounts.closed(session.customer) if session and session.customer else ""


@transaction.atomic
def end_own(actor: Actor, customer: Customer, *, keep: Session, uuid: UUID | None = None) -> int:
    """Let a customer sign out in another place, or without `uuid` in all others; how many there were."""
    require_own(actor, Right.EDIT_PROFILE, customer.uuid)
    others = open_sessions(customer).exclude(pk=keep.pk)
    ended, _ = (others.filter(uuid=uuid) if uuid else others).order_by().delete()
    if ended:
        accounts.note(actor, customer, "sessions_ended", count=ended)
    return ended


@transaction.atomic
def close(session: Session) -> None:
    """End one session; that an admin looks on no more goes on record."""
    ended, _ = Session.objects.filter(pk=session.pk).delete()
    # Two requests may end it at the same moment: one of them does.
    if ended and session.viewer is not None and session.customer is not None:
        accounts.note(accounts.themselves(session.viewer), session.customer, "view_ended")


def _idle(session: Session) -> timedelta:
    if isinstance(session.customer, Customer):
        return timedelta(minutes=preferences.get("customers.idle_minutes"))
    return timedelta(minutes=preferences.get("admins.idle_minutes"))
