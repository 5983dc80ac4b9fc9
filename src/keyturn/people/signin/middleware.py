"""Who is signed in to the Client Portal, by its own cookie, which is sent to /customer alone."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from keyturn.people.customers.models import Customer
from keyturn.people.signin import accounts, sessions, viewing
from keyturn.people.signin.customers import CustomerSessionRequest
from keyturn.people.signin.models import Session

COOKIE, PATH = "keyturn_customer", "/customer"


class CustomerSessions:
    """Puts `customer`, `viewing_admin` and `customer_session` on requests of the Client Portal."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: CustomerSessionRequest) -> HttpResponse:
        inside = request.path == PATH or request.path.startswith(PATH + "/")
        request.customer = request.viewing_admin = request.customer_session = request.customer_cookie = None
        request.closed_for = ""
        if inside and COOKIE in request.COOKIES:
            _recognise(request, sessions.find(request.COOKIES[COOKIE], sessions.visitor(request)))
        response = self.get_response(request)
        if inside:
            patch_vary_headers(response, ("Cookie",))
        _set_cookie(request, response)
        return response


def _recognise(request: CustomerSessionRequest, session: Session | None) -> None:
    if session is None:
        request.closed_for = sessions.why_over(request.COOKIES[COOKIE])
    if session is None or session.customer is None or not _open(request, session, session.customer):
        request.customer_cookie = ""
        return
    request.customer_session = session
    if not session.second_factor_due:
        request.customer, request.viewing_admin = session.customer, session.viewer


def _open(request: CustomerSessionRequest, session: Session, customer: Customer) -> bool:
    if session.viewer is not None:
        if not viewing.allowed(session.viewer):
            sessions.close(session)
            return False
        return True
    request.closed_for = accounts.closed(customer)
    if request.closed_for:
        session.delete()
    return not request.closed_for


def _set_cookie(request: CustomerSessionRequest, response: HttpResponse) -> None:
    if request.customer_cookie is None:
        return
    if not request.customer_cookie:
        response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
        return
    response.set_cookie(
        COOKIE,
        request.customer_cookie,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE or request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
