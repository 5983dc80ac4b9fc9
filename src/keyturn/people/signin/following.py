"""What following a link does for a customer. Looking at its page does nothing: mail scanners do that."""

from django.db import transaction
from django.http import HttpRequest

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.people.customers.models import Customer
from keyturn.people.signin import accounts, customers, links, policy, sessions, throttling
from keyturn.people.signin.links import Purpose
from keyturn.people.signin.models import Link
from keyturn.people.signin.refusals import SignInRefused


def look(purpose: Link.Purpose, token: str) -> tuple[Link, Customer]:
    """The link and its customer. Raises DeadLink, and SignInRefused when the account is closed."""
    link = links.look(accounts.CUSTOMER, purpose, token)
    customer = links.account_of(link)
    assert isinstance(customer, Customer)
    if message := accounts.closed(customer):
        raise SignInRefused(message)
    return link, customer


@transaction.atomic
def sign_in(request: HttpRequest, token: str) -> bool:
    """Enter by a sign-in link; whether he is in, or has to give a code first."""
    link, customer = look(Purpose.SIGN_IN, token)
    links.use(link)
    _verified(request, customer)
    return customers.enter(request, customer, method="link")


def accept_invitation(request: HttpRequest, token: str, password: str = "") -> bool:
    """Enter by an invitation, with or without setting a password. Raises Invalid, which uses nothing up."""
    link, customer = look(Purpose.INVITATION, token)
    hashed = policy.hashed(customer, password) if password else ""
    with transaction.atomic():
        links.use(link)
        _verified(request, customer)
        if hashed:
            policy.store(_himself(request, customer), customer, hashed)
        return customers.enter(request, customer, method="invitation")


def reset_password(request: HttpRequest, token: str, password: str) -> bool:
    """Set a new password by a reset link and enter; all sessions end. Raises Invalid, which uses nothing up."""
    link, customer = look(Purpose.RESET, token)
    hashed = policy.hashed(customer, password)
    with transaction.atomic():
        links.use(link)
        _verified(request, customer)
        policy.store(_himself(request, customer), customer, hashed, event="password_reset")
        throttling.lift(accounts.CUSTOMER, customer.email)
        return customers.enter(request, customer, method="reset")


@transaction.atomic
def verify_email(request: HttpRequest, token: str) -> None:
    """Confirm that the address is his."""
    link, customer = look(Purpose.VERIFY, token)
    links.use(link)
    _verified(request, customer)


def _verified(request: HttpRequest, customer: Customer) -> None:
    if customer.email_verified_at is None:
        accounts.update(customer, email_verified_at=now())
        accounts.note(_himself(request, customer), customer, "email_verified")


def _himself(request: HttpRequest, customer: Customer) -> Actor:
    return accounts.themselves(customer, ip=sessions.visitor(request).ip)
