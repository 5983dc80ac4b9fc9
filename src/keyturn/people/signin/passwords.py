"""Who somebody is, by e-mail and password. Answers and effort are the same for known and unknown accounts."""

from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import check_password

from keyturn.access.actors import system
from keyturn.core.clock import now
from keyturn.people.signin import accounts, throttling
from keyturn.people.signin.accounts import Account
from keyturn.people.signin.models import SignIn
from keyturn.people.signin.refusals import SignInRefused
from keyturn.people.signin.sessions import Visitor
from keyturn.platform.audit import services as audit

_WRONG = "E-mail or password is wrong. Check both and try again."
_NOBODY = UUID(int=0)


def authenticate(kind: str, email: str, password: str, visitor: Visitor) -> Account:
    """The person of this kind with this e-mail and password, when his account is open. Raises SignInRefused.

    That an account is closed is told only to who knows its password.
    """
    address = accounts.address_of(email)
    attempt = throttling.admit(kind, address, visitor.ip)
    account = accounts.find(kind, address)
    # An unusable hash costs as much as a real one.
    right = check_password(password, account.password if account else "!")
    if account is None or not right:
        refuse(kind, account, visitor, SignIn.Result.WRONG_PASSWORD, paused=attempt.last)
        raise SignInRefused(_WRONG)
    attempt.succeeded()
    if message := accounts.closed(account):
        refuse(kind, account, visitor, SignIn.Result.NOT_ACTIVE)
        raise SignInRefused(message)
    return account


def refuse(
    kind: str, account: Account | None, visitor: Visitor, result: SignIn.Result, *, paused: bool = False
) -> None:
    """Put a refused attempt on record, in as many steps for nobody as for somebody."""
    SignIn.objects.create(
        at=now(),
        method="password",
        result=result,
        ip=visitor.ip,
        user_agent=visitor.user_agent,
        **(accounts.owner(account) if account else {}),
    )
    _record(kind, account, "signin_failed", result=str(result))
    if paused:
        _record(kind, account, "signin_paused")


def _record(kind: str, account: Account | None, event: str, **changes: Any) -> None:
    # Who tried is not known: the page did it.
    audit.record(
        system("sign-in page"),
        audit.Entry(
            f"{kind}.{event}",
            (kind, account.uuid if account else _NOBODY),
            changes,
            customer=account.uuid if account and kind == accounts.CUSTOMER else None,
        ),
    )
