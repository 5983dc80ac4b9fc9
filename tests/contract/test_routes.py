"""Every route of the Admin Portal: who may ask it, by which method; walked for every role."""

import uuid
from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern

from keyturn.access.permissions import GRANTED, Permission, Role
from keyturn.platform.audit.models import AuditEvent
from keyturn.portals.admin import urls
from keyturn.portals.admin.decorators import route
from tests.portals.conftest import AdminOf, ClientOf, admin_of, client_of

__all__ = ["admin_of", "client_of"]
pytestmark = pytest.mark.django_db
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROUTES: list[URLPattern] = list(urls.urlpatterns)
GUARDED = [one for one in ROUTES if one.callback.declared_permission is not None]
OPEN = {"sign_in", "sign_out"}
SAMPLES = {"uuid": str(uuid.uuid4()), "str": "x", "int": "1", "slug": "x"}


def _address(pattern: URLPattern) -> str:
    text = str(pattern.pattern)
    for name, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        text = text.replace(f"<{kind}:{name}>", SAMPLES[kind])
    return f"/admin/{text}"


def _cases() -> Iterator[tuple[URLPattern, str]]:
    for pattern in GUARDED:
        for method in METHODS:
            yield pattern, method


CASES = pytest.mark.parametrize(("pattern", "method"), list(_cases()), ids=lambda value: getattr(value, "name", value))


def test_only_the_way_in_and_out_is_open() -> None:
    """A new open route is a decision, made here."""
    assert {one.name for one in ROUTES if one.callback.declared_permission is None} == OPEN


def test_a_view_without_a_permission_is_no_route() -> None:
    with pytest.raises(ImproperlyConfigured):
        route("free", lambda request: HttpResponse(), "free")


@CASES
def test_a_stranger_gets_nothing(pattern: URLPattern, method: str) -> None:
    answer = Client().generic(method, _address(pattern))
    if method not in pattern.callback.declared_methods:
        assert answer.status_code == 405
    else:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/sign-in?next=")


@pytest.mark.parametrize("role", Role.values)
def test_permissions_are_asked_for_every_route_and_method(role: str, client_of: ClientOf) -> None:
    """Without the permission 403 and a record of it; with it anything else, and never a crash."""
    client = client_of(role)
    for pattern, method in _cases():
        if method not in pattern.callback.declared_methods:
            assert client.generic(method, _address(pattern)).status_code == 405
            continue
        before = AuditEvent.objects.filter(action="access.refused").count()
        answer = client.generic(method, _address(pattern))
        refused = AuditEvent.objects.filter(action="access.refused").count() - before
        if pattern.callback.declared_permission in GRANTED[role]:
            assert (answer.status_code, refused) != (403, 1), f"{role} may {method} {pattern.name}"
            assert answer.status_code < 500, f"{method} {pattern.name} broke"
        else:
            assert (answer.status_code, refused) == (403, 1), f"{role} must not {method} {pattern.name}"


def test_posts_need_the_token_of_a_page(admin_of: AdminOf, client_of: ClientOf) -> None:
    client = client_of("super_admin")
    client.handler.enforce_csrf_checks = True
    for pattern in ROUTES:
        if "POST" in pattern.callback.declared_methods:
            answer = client.post(_address(pattern))
            assert answer.status_code == 403, pattern.name
            assert b"expired" in answer.content


def test_every_mutation_is_a_post() -> None:
    """Reading never needs a permission to change things, except the dialogs that ask first."""
    writing = {Permission.MANAGE_CUSTOMERS, Permission.DEACTIVATE, Permission.REVEAL_KEYS}
    for pattern in GUARDED:
        if pattern.callback.declared_permission in writing:
            assert "POST" in pattern.callback.declared_methods, pattern.name
