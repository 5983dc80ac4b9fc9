"""Who is signed in to the Admin Portal, and for how long without doing anything."""

from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from keyturn.access.actors import Actor
from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.core.http import client_ip, request_id
from keyturn.core.zones import is_known
from keyturn.people.admins.models import Admin
from keyturn.people.admins.services import actor_of
from keyturn.people.signin import history, sessions
from keyturn.people.signin.models import Session
from keyturn.portals.ui.shell import Shell


class AdminRequest(HttpRequest):
    """A request of a signed-in admin, as the views of this portal see it."""

    admin: Admin
    admin_session: Session
    actor: Actor
    # The settings that every page needs.
    vendor: dict[str, Any]
    shell: Shell


def ip_of(request: HttpRequest) -> str:
    """The address the request came from."""
    return client_ip(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For"))


def sign_in(request: HttpRequest, admin: Admin, *, method: str = "password") -> None:
    """Begin a session under a fresh identifier, and note it."""
    _start(request, {"admin": str(admin.uuid), "epoch": admin.session_epoch})
    visitor = sessions.visitor(request)
    sessions.begin(admin, method, visitor, token=request.session.session_key or "")
    history.signed_in(admin, method, visitor)


def wait_for_code(request: HttpRequest, admin: Admin) -> None:
    """Remember who gave the right password and has yet to give a code."""
    until = int((now() + sessions.CODE_TIME).timestamp())
    _start(request, {"waiting": str(admin.uuid), "until": until, "epoch": admin.session_epoch})


def waiting(request: HttpRequest) -> Admin | None:
    """The admin who has yet to give a code."""
    held = request.session
    if held.get("until", 0) < now().timestamp():
        return None
    return Admin.objects.filter(uuid=held["waiting"], is_active=True, session_epoch=held["epoch"]).first()


def sign_out(request: HttpRequest) -> None:
    """End the session and forget all it held."""
    sessions.end(request.session.session_key or "")
    request.session.flush()


def session_of(request: HttpRequest) -> Session | None:
    """The open session of an admin; none when he is inactive or it was ended or idle for too long."""
    if "admin" not in request.session:
        return None
    key = request.session.session_key or ""
    session = sessions.find(key, sessions.visitor(request), seen=not is_background(request))
    admin = session.admin if session else None
    if session is None or admin is None or not admin.is_active or admin.session_epoch != request.session.get("epoch"):
        sign_out(request)
        return None
    return session


def signed_in_admin(request: HttpRequest) -> Admin | None:
    """The admin of this session."""
    session = session_of(request)
    return session.admin if session else None


def _start(request: HttpRequest, held: dict[str, Any]) -> None:
    request.session.flush()
    request.session.update(held)
    # Only a saved session has a key.
    request.session.save()
    rotate_token(request)


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


def zone_of(request: AdminRequest) -> str:
    """In which timezone this admin reads times: the one he chose, else that of his browser (PRF-18)."""
    told = unquote(request.COOKIES.get("keyturn_zone", ""))
    return request.admin.time_zone or (told if is_known(told) else str(request.vendor["general.time_zone"]))


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send somebody to the sign-in page, and afterwards back to the page he is on."""
    url = f"{reverse('admin:sign_in')}?{urlencode({'next': _page_of(request)})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(url)
    return redirect(url)


def to_enrolment(request: HttpRequest) -> HttpResponse:
    """Send an admin who must have a second factor to where he turns it on."""
    url = reverse("admin:two_factor_set_up")
    return HttpResponseClientRedirect(url) if request.headers.get("HX-Request") == "true" else redirect(url)


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
