"""Attempts to sign in, as the person and the audit trail see them."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from keyturn.access.actors import system
from keyturn.core.clock import now
from keyturn.people.admins.models import Admin
from keyturn.people.customers.settings import settings_of
from keyturn.people.signin import accounts, alerts, browsers, places
from keyturn.people.signin.accounts import Account
from keyturn.people.signin.alerts import Alert
from keyturn.people.signin.models import SignIn
from keyturn.people.signin.notifying import new_place
from keyturn.people.signin.sessions import Visitor
from keyturn.platform.audit import services as audit
from keyturn.platform.logs import visits
from keyturn.platform.notifications import choices, intake
from keyturn.platform.notifications.kinds import Type

Result = SignIn.Result
_NOBODY = UUID(int=0)


def signed_in(account: Account, method: str, visitor: Visitor) -> None:
    """Put a sign-in on record; one with a browser never seen before is told to the person.

    An admin is told of one from a new network, too.
    """
    before = attempts(account).filter(result=Result.SUCCESS)
    strange = before.exists() and not before.filter(user_agent=visitor.user_agent).exists()
    far = isinstance(account, Admin) and places.is_new(account, visitor.ip)
    _keep(account, method, visitor, Result.SUCCESS)
    accounts.update(account, **{"last_login" if isinstance(account, Admin) else "last_login_at": now()})
    accounts.note(accounts.themselves(account, ip=visitor.ip), account, "signed_in", method=method)
    if strange and _wants_mail(account):
        alerts.send(account, Alert.NEW_DEVICE, visitor.ip, device=browsers.name(visitor.user_agent))
    if far:
        browser = browsers.name(visitor.user_agent)
        intake.tell([new_place(str(account.uuid), visitor.ip, browser, by_mail=not strange)])


def _wants_mail(account: Account) -> bool:
    if isinstance(account, Admin):
        return choices.of(account)[Type.SECURITY].email
    return settings_of(account).security_alerts


def refused(
    kind: str, account: Account | None, visitor: Visitor, result: SignIn.Result, *, paused: bool = False
) -> None:
    """Put a refused attempt on record, in as many steps for nobody as for somebody.

    `paused` says that this one makes the account wait.
    """
    _keep(account, "passkey" if result == Result.WRONG_PASSKEY else "password", visitor, result)
    _record(kind, account, "signin_failed", visitor.ip, result=str(result))
    if paused:
        _record(kind, account, "signin_paused", visitor.ip)


def paused(account: Account, ip: str) -> None:
    """Put on record that wrong codes make the account wait; whoever gave them knows the password."""
    _record(accounts.kind_of(account), account, "signin_paused", ip)


def attempts(account: Account) -> QuerySet[SignIn]:
    """The person's attempts, the newest first."""
    return accounts.of(SignIn.objects.order_by("-at", "-pk"), account)


def _keep(account: Account | None, method: str, visitor: Visitor, result: SignIn.Result) -> None:
    SignIn.objects.create(
        at=now(),
        method=method,
        result=result,
        ip=visitor.ip,
        user_agent=visitor.user_agent,
        **(accounts.owner(account) if account else {}),
    )


def _record(kind: str, account: Account | None, event: str, ip: str, **changes: Any) -> None:
    # Who tried is not known: the page did it. The address of a customer is kept among his attempts alone: sealing it
    # would take a statement more than for nobody.
    place = ip if kind == accounts.ADMIN else ""
    audit.record(
        replace(system("sign-in page"), ip=place, request_id=visits.current().request_id),
        audit.Entry(
            f"{kind}.{event}",
            (kind, account.uuid if account else _NOBODY),
            changes,
            customer=account.uuid if account and kind == accounts.CUSTOMER else None,
        ),
    )
