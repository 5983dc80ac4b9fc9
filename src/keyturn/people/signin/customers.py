"""The session of a customer in the Client Portal."""

from typing import Literal

from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from keyturn.core.clock import now
from keyturn.people.admins.models import Admin
from keyturn.people.customers.models import Customer
from keyturn.people.signin import accounts, passwords, sessions
from keyturn.people.signin.models import Session, SignIn

Method = Literal["password", "link", "invitation", "code", "recovery"]


class CustomerSessionRequest(HttpRequest):
    """What the middleware puts on a request below /customer.

    `customer` is who is signed in, or None. `viewing_admin` is the admin who looks at the portal of
    `customer`; such a session changes nothing. `customer_session` may also be one that waits for a code.
    `closed_for` tells a customer why his session was ended.
    """

    customer: Customer | None
    viewing_admin: Admin | None
    customer_session: Session | None
    closed_for: str
    # The cookie to set, an empty text to remove it, None to leave it alone.
    customer_cookie: str | None


def sign_in(request: HttpRequest, customer: Customer, *, method: Method) -> None:
    """Open a session under a fresh identifier, and note it; the one the request came with ends."""
    visitor = sessions.visitor(request)
    _replace(request, sessions.begin(customer, method, visitor))
    rotate_token(request)
    Customer.objects.filter(pk=customer.pk).update(last_login_at=now())
    SignIn.objects.create(
        customer=customer,
        at=now(),
        method=method,
        result=SignIn.Result.SUCCESS,
        ip=visitor.ip,
        user_agent=visitor.user_agent,
    )
    accounts.note(accounts.themselves(customer, ip=visitor.ip), customer, "signed_in", method=method)


def sign_in_with_password(request: HttpRequest, email: str, password: str) -> None:
    """Sign in who knows the password. Raises SignInRefused."""
    customer = passwords.authenticate(accounts.CUSTOMER, email, password, sessions.visitor(request))
    assert isinstance(customer, Customer)
    sign_in(request, customer, method="password")


def sign_out(request: HttpRequest) -> None:
    """End the session of this request."""
    session: Session | None = getattr(request, "customer_session", None)
    if session is not None:
        sessions.close(session)
    request.customer_session = request.customer = None  # type: ignore[attr-defined]
    request.customer_cookie = ""  # type: ignore[attr-defined]


def view_as(request: HttpRequest, admin: Admin, customer: Customer) -> None:
    """Let `admin` look at the portal as `customer` sees it, for 30 minutes, changing nothing.

    May be called from any path: the cookie is set for /customer. Permission and audit are the caller's.
    """
    _replace(request, sessions.begin(customer, "view_as", sessions.visitor(request), viewer=admin))


def _replace(request: HttpRequest, token: str) -> None:
    session: Session | None = getattr(request, "customer_session", None)
    if session is not None:
        sessions.close(session)
    request.customer_cookie = token  # type: ignore[attr-defined]
