"""The session of a customer in the Client Portal."""

from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from keyturn.core import crypto
from keyturn.people.admins.models import Admin
from keyturn.people.customers.models import Customer
from keyturn.people.signin import accounts, history, passwords, second_factor, sessions
from keyturn.people.signin.models import Session
from keyturn.people.signin.refusals import SignInRefused


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


def sign_in(request: HttpRequest, customer: Customer, *, method: str) -> None:
    """Open a session under a fresh identifier, and note it; the one the request came with ends."""
    visitor = sessions.visitor(request)
    _replace(request, sessions.begin(customer, method, visitor))
    rotate_token(request)
    history.signed_in(customer, method, visitor)


def enter(request: HttpRequest, customer: Customer, *, method: str) -> bool:
    """Sign in, or open a session that waits for the second factor; whether he is in."""
    if not second_factor.is_on(customer):
        sign_in(request, customer, method=method)
        return True
    visitor = sessions.visitor(request)
    _replace(request, sessions.begin(customer, method, visitor, second_factor_due=True))
    rotate_token(request)
    return False


def enter_with_password(request: HttpRequest, email: str, password: str) -> bool:
    """Enter by e-mail and password; whether he is in. Raises SignInRefused."""
    customer = passwords.authenticate(accounts.CUSTOMER, email, password, sessions.visitor(request))
    assert isinstance(customer, Customer)
    return enter(request, customer, method="password")


def waiting(request: HttpRequest) -> Customer | None:
    """The customer who has yet to give a code."""
    session: Session | None = getattr(request, "customer_session", None)
    return session.customer if session and session.second_factor_due else None


def give_code(request: HttpRequest, customer: Customer, code: str) -> str:
    """Finish signing in by a code of the app or a recovery code; `code` or `recovery`. Raises SignInRefused."""
    visitor = sessions.visitor(request)
    method = second_factor.accept(customer, code, ip=visitor.ip)
    if not method:
        history.refused(accounts.CUSTOMER, customer, visitor, history.Result.WRONG_CODE)
        raise SignInRefused(second_factor.WRONG)
    sign_in(request, customer, method=method)
    return method


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
    token = sessions.VIEWING + crypto.new_token()
    _replace(request, sessions.begin(customer, "view_as", sessions.visitor(request), viewer=admin, token=token))


def _replace(request: HttpRequest, token: str) -> None:
    session: Session | None = getattr(request, "customer_session", None)
    if session is not None:
        sessions.close(session)
    request.customer_cookie = token  # type: ignore[attr-defined]
