"""Who is signed in to the Admin Portal, and for how long without doing anything."""

from urllib.parse import urlencode, urlsplit

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from keyturn.access.actors import Actor
from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.core.http import client_ip, request_id
from keyturn.people.admins.models import Admin
from keyturn.people.admins.services import actor_of
from keyturn.platform.preferences import services as preferences

# The moment of the last request is written at most this often, not at every request.
_RESOLUTION = 60


class AdminRequest(HttpRequest):
    """A request of a signed-in admin, as the views of this portal see it."""

    admin: Admin
    actor: Actor


def ip_of(request: HttpRequest) -> str:
    """The address the request came from."""
    return client_ip(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For"))


def sign_in(request: HttpRequest, admin: Admin) -> None:
    """Begin a session under a fresh identifier."""
    login(request, admin)
    request.session["seen_at"] = int(now().timestamp())


def sign_out(request: HttpRequest) -> None:
    """End the session and forget all it held."""
    logout(request)


def signed_in_admin(request: HttpRequest) -> Admin | None:
    """The admin of this session; nobody when inactive, deleted or idle for too long."""
    admin = request.user
    if not isinstance(admin, Admin):
        return None
    moment, seen = int(now().timestamp()), request.session.get("seen_at", 0)
    if moment - seen > preferences.get("admins.idle_minutes") * 60:
        logout(request)
        return None
    if moment - seen >= _RESOLUTION and not is_background(request):
        request.session["seen_at"] = moment
    return admin


def is_background(request: HttpRequest) -> bool:
    """Whether a page asks by itself, so that nobody is known to sit before it (DSH-17)."""
    return request.headers.get("X-Keyturn-Background") == "true"


def actor_for(request: HttpRequest, admin: Admin) -> Actor:
    """The author of whatever this request changes, in the environment chosen for this session."""
    return actor_of(
        admin,
        environment=request.session.get("environment", Environment.PRODUCTION),
        request_id=request_id(request.headers.get("X-Request-Id", "")),
        ip=ip_of(request),
    )


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send somebody to the sign-in page, and afterwards back to the page he is on."""
    url = f"{reverse('admin:sign_in')}?{urlencode({'next': _page_of(request)})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(url)
    return redirect(url)


def safe_next(target: str) -> str:
    """`target` when it is a page of this portal, else the first page."""
    home = reverse("admin:home")
    own = url_has_allowed_host_and_scheme(target, allowed_hosts=None) and target.startswith(home)
    return target if own else home


def _page_of(request: HttpRequest) -> str:
    boosted = request.headers.get("HX-Boosted") == "true"
    if request.method == "GET" and (boosted or "HX-Request" not in request.headers):
        return request.get_full_path()
    shown = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    return f"{shown.path}?{shown.query}" if shown.query else shown.path or reverse("admin:home")
