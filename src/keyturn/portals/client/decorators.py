"""What a route of the Client Portal declares. A route that declares nothing does not start the product."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone

from keyturn.core.errors import KeyturnError, NotPermitted
from keyturn.people.customers.settings import settings_of
from keyturn.portals.client.frame import shell_of
from keyturn.portals.client.requests import actor_of, safe_next, to_sign_in
from keyturn.portals.ui.refusals import refused

View = Callable[..., HttpResponseBase]
log = logging.getLogger(__name__)
_READING = ("GET", "HEAD")


def page(*methods: str) -> Callable[[View], View]:
    """A view for signed-in customers; answers GET unless `methods` says otherwise.

    The view gets `request.customer` (a Customer), `request.actor` and `request.shell`; refusals of
    services become a message. While an admin views the portal, everything but reading answers 403.
    """
    allowed = _with_head(methods)

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in allowed:
                return HttpResponseNotAllowed(allowed)
            who = request.customer.uuid if request.customer else "nobody"
            log.info("portal: %s asks %s %s", who, request.method, request.path)
            if request.customer is None:
                return to_sign_in(request)
            if request.viewing_admin is not None and request.method not in _READING:
                raise PermissionDenied("Viewing as a customer changes nothing.")
            request.actor, request.shell = actor_of(request), shell_of(request)
            try:
                with timezone.override(settings_of(request.customer).timezone):
                    return view(request, *args, **kwargs)
            except NotPermitted as refusal:
                raise PermissionDenied(refusal.message) from refusal
            except KeyturnError as refusal:
                return refused(request, refusal, safe_next)

        return _declare(answer, True, allowed)

    return decorate


def without_sign_in(*methods: str) -> Callable[[View], View]:
    """A view that anybody may ask: the ways in and the way out."""
    allowed = _with_head(methods)

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return view(request, *args, **kwargs) if request.method in allowed else HttpResponseNotAllowed(allowed)

        return _declare(answer, False, allowed)

    return decorate


def route(address: str, view: View, name: str) -> URLPattern:
    """An address of this portal; its view must declare whether one must be signed in."""
    if not hasattr(view, "declared_signed_in"):
        raise ImproperlyConfigured(f"The view of /customer/{address} declares nothing.")
    return path(address, view, name=name)


def _declare(view: View, signed_in: bool, methods: tuple[str, ...]) -> View:
    view.declared_signed_in, view.declared_methods = signed_in, methods  # type: ignore[attr-defined]
    return view


def _with_head(methods: tuple[str, ...]) -> tuple[str, ...]:
    methods = methods or ("GET",)
    return (*methods, "HEAD") if "GET" in methods else methods
