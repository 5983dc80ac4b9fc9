"""What a route declares: who may ask it, and how. A route that declares nothing does not start the product."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone

from keyturn.access.permissions import Permission, require
from keyturn.core.errors import KeyturnError, NotPermitted
from keyturn.people.signin.admins import must_enrol
from keyturn.platform.preferences import branding
from keyturn.platform.preferences import services as preferences
from keyturn.portals.admin.frame import SHELL_SETTINGS, shell_of
from keyturn.portals.admin.refusals import forbidden
from keyturn.portals.admin.sessions import actor_for, safe_next, session_of, to_enrolment, to_sign_in, zone_of
from keyturn.portals.ui.refusals import refused

View = Callable[..., HttpResponseBase]


def page(permission: Permission, *methods: str, enrolling: bool = False) -> Callable[[View], View]:
    """A view for signed-in admins who hold `permission`; answers GET unless `methods` says otherwise.

    The view gets `request.admin` and `request.actor`; refusals of services become a message. Who has to
    turn on a second factor reaches only those that are part of it, `enrolling`.
    """
    allowed = _with_head(methods)

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in allowed:
                return HttpResponseNotAllowed(allowed)
            session = session_of(request)
            if session is None or session.admin is None:
                return to_sign_in(request)
            admin = session.admin
            request.admin, request.admin_session, request.actor = admin, session, actor_for(request, admin)
            due = must_enrol(admin)
            if due and not enrolling:
                return to_enrolment(request)
            request.vendor = preferences.values(*branding.NAMES, *SHELL_SETTINGS)
            request.shell = shell_of(request, bare=due)
            try:
                require(request.actor, permission)
                with timezone.override(zone_of(request)):
                    return view(request, *args, **kwargs)
            except NotPermitted as refusal:
                raise forbidden(request, refusal) from refusal
            except KeyturnError as refusal:
                return refused(request, refusal, safe_next)

        return _declare(answer, permission, allowed)

    return decorate


def without_sign_in(*methods: str) -> Callable[[View], View]:
    """A view that anybody may ask: the way in and the way out."""
    allowed = _with_head(methods)

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return view(request, *args, **kwargs) if request.method in allowed else HttpResponseNotAllowed(allowed)

        return _declare(answer, None, allowed)

    return decorate


def route(address: str, view: View, name: str) -> URLPattern:
    """An address of this portal; its view must declare who may ask it."""
    if not hasattr(view, "declared_permission"):
        raise ImproperlyConfigured(f"The view of /admin/{address} declares no permission.")
    return path(address, view, name=name)


def _declare(view: View, permission: Permission | None, methods: tuple[str, ...]) -> View:
    view.declared_permission, view.declared_methods = permission, methods  # type: ignore[attr-defined]
    return view


def _with_head(methods: tuple[str, ...]) -> tuple[str, ...]:
    methods = methods or ("GET",)
    return (*methods, "HEAD") if "GET" in methods else methods
