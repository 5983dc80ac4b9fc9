"""Session cookies by portal, and the headers every page carries."""

import traceback
from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from keyturn.config import staticfiles
from keyturn.core.errors import KeyturnError
from keyturn.core.http import client_ip, note_request_id
from keyturn.core.redaction import redact
from keyturn.people.signin.middleware import COOKIE
from keyturn.platform.logs import visits, writer
from keyturn.platform.logs.lines import ERROR, Line
from keyturn.platform.logs.models import Category
from keyturn.platform.logs.visits import Visit
from keyturn.platform.monitoring.instruments import ROUTE

# Path prefix to cookie: a cookie is never sent to, or accepted from, another portal. The Client Portal has
# sessions of its own kind, see people.signin.middleware.
PORTAL_COOKIES = {"/admin": "keyturn_admin"}
_ABOUT_PEOPLE = ("/admin", "/customer")


def _portal(path: str) -> str | None:
    return next((p for p in PORTAL_COOKIES if path == p or path.startswith(p + "/")), None)


class PortalSessions(SessionMiddleware):
    """Django's sessions with one cookie a portal; other paths, such as the API, have an empty session."""

    def process_request(self, request: HttpRequest) -> None:
        portal = _portal(request.path)
        key = request.COOKIES.get(PORTAL_COOKIES[portal]) if portal else None
        request.session = self.SessionStore(key)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        portal = _portal(request.path)
        if portal is None:
            return response
        name, session = PORTAL_COOKIES[portal], request.session
        if session.accessed:
            patch_vary_headers(response, ("Cookie",))
        if name in request.COOKIES and session.is_empty():
            response.delete_cookie(name, path=portal, samesite="Lax")
        elif session.modified and not session.is_empty() and response.status_code != 500:
            session.save()
            response.set_cookie(
                name,
                session.session_key or "",
                max_age=None if session.get_expire_at_browser_close() else session.get_expiry_age(),
                path=portal,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response


class NameRoute:
    """Leaves the pattern of the address for counts and logs, which addresses themselves must not enter."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.resolver_match is not None:
            request.META.setdefault(ROUTE, request.resolver_match.route)
        elif request.path.startswith(staticfiles.ROOT) and response.status_code < 400:
            request.META[ROUTE] = "static"
        return response


class ContentSecurityPolicy:
    """Only this server's own files, and pictures from where the page has said; no inline script, no frame, no
    foreign form target.
    """

    POLICY = (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        images = getattr(request, "images_from", "")
        policy = self.POLICY.replace("img-src 'self'", f"img-src 'self' {images}") if images else self.POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response


class NothingKept:
    """Pages about people stay in no browser's cache: going back shows what is true now, or nothing any more."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if _start(request.path) in _ABOUT_PEOPLE and response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class Visits:
    """Gives every request an identifier, answered as X-Request-Id, and tells the log who asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = note_request_id(request.META)
        with visits.during(_visit(request, known)):
            response = self.get_response(request)
        response.headers.setdefault("X-Request-Id", known)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        """Log what a page could not cope with. Refusals are answers, not errors."""
        if isinstance(error, KeyturnError | Http404 | PermissionDenied | SuspiciousOperation):
            return
        visit = visits.current()
        context = {
            "method": visit.method,
            "path": visit.path,
            "error": type(error).__name__,
            "trace": redact("".join(traceback.format_exception(error)))[-8000:],
        }
        writer.emit(
            Line(
                _category(request.path),
                "server_error",
                ERROR,
                "A page failed",
                ip=visit.ip,
                request_id=visit.request_id,
                context=context,
            )
        )


def _category(path: str) -> Category:
    return {"/admin": Category.DASHBOARD, "/customer": Category.PORTAL}.get(_start(path), Category.SYSTEM)


def _start(path: str) -> str:
    return f"/{path[1:].partition('/')[0]}"


def _visit(request: HttpRequest, known: str) -> Visit:
    cookie = request.COOKIES.get(PORTAL_COOKIES.get(_portal(request.path) or "", COOKIE), "")
    return Visit(
        ip=client_ip(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR")),
        user_agent=request.META.get("HTTP_USER_AGENT", ""),
        session=visits.mark(cookie),
        request_id=known,
        method=request.method or "",
        # Elsewhere an address may hold the token of a signed link.
        path=request.path if _start(request.path) in _ABOUT_PEOPLE else "",
    )
