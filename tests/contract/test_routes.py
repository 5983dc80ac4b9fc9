"""Every route of the Admin Portal, walked by every role and by nobody, with every method.

Routes are read from the portal itself: one that is new is walked the day it lands. What its address
names comes from world.KNOWN.
"""

import re
import uuid
from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, URLPattern, resolve, reverse

from keyturn.access.permissions import GRANTED, Permission, Role
from keyturn.platform.audit.models import AuditEvent
from keyturn.portals.admin.decorators import route
from tests.contract import world
from tests.contract.world import GUARDED, METHODS, ROUTES, address, undone
from tests.portals.conftest import ClientOf, admin_of, client_of

__all__ = ["admin_of", "client_of"]
pytestmark = pytest.mark.django_db
# Answer 404 until the one who asks has begun something: an authenticator has no QR code before its set-up, an
# upload and a passkey are those of one admin, and a file comes by a signed link alone.
NOT_YET = {"two_factor_download", "profile_avatar", "passkey_remove", "upload", "downloadable_content"}
OPEN = {"sign_in", "passkey_sign_in", "code", "forgot", "sign_out"}
# What a page or an answer leads to: links, forms, dialogs, keys to reveal or copy.
LEADS = re.compile(r'\b(?:href|action|hx-(?:get|post)|data-[a-z-]*url)="(/admin[^"#?]*)')

WRITES = re.compile(
    r"(?!INSERT INTO .audit_events)(?!UPDATE .django_session)(?!UPDATE .notifications\b)(INSERT|UPDATE|DELETE)\b"
)


@pytest.fixture
def everything() -> None:
    """One of everything that routes can name."""
    world.build()


def _cases() -> Iterator[tuple[URLPattern, str]]:
    for pattern in GUARDED:
        for method in METHODS:
            yield pattern, method


def test_only_the_way_in_and_out_is_open() -> None:
    """A new open route is a decision, made here."""
    assert {one.name for one in ROUTES if one.callback.declared_permission is None} == OPEN


def test_every_route_declares_its_permission() -> None:
    for pattern in ROUTES:
        assert pattern.callback.declared_methods, pattern.name
        assert pattern.name in OPEN or isinstance(pattern.callback.declared_permission, Permission), pattern.name


def test_every_route_can_be_walked() -> None:
    """A parameter that no test can fill would leave its route untested."""
    unknown = {key for pattern in GUARDED for key in world.parameters(pattern) if key not in world.KNOWN}
    assert not unknown, f"tests/contract/world.py does not know how to fill {unknown}"


def test_a_view_without_a_permission_is_no_route() -> None:
    with pytest.raises(ImproperlyConfigured):
        route("free", lambda request: HttpResponse(), "free")


@pytest.mark.spec("ADM-09")
def test_a_stranger_gets_nothing(everything: None) -> None:
    wrong = []
    for pattern, method in _cases():
        answer = Client().generic(method, address(pattern))
        declared = method in pattern.callback.declared_methods
        led_away = answer.status_code == 302 and answer["Location"].startswith("/admin/sign-in?next=")
        if not (led_away if declared else answer.status_code == 405):
            wrong.append(f"{method} {pattern.name}: {answer.status_code}")
    assert not wrong


@pytest.mark.spec("ADM-09", "CUS-50")
@pytest.mark.parametrize("role", Role.values)
def test_a_role_gets_what_it_holds_and_no_more(role: str, client_of: ClientOf, everything: None) -> None:
    """Without the permission 403 and a record of it; with it an answer about a thing that exists."""
    client, wrong = client_of(role), []
    for pattern, method in _cases():
        held = pattern.callback.declared_permission in GRANTED[role]
        with undone():
            before = AuditEvent.objects.filter(action="access.refused").count()
            status = client.generic(method, address(pattern)).status_code
            refused = AuditEvent.objects.filter(action="access.refused").count() - before
        if method not in pattern.callback.declared_methods:
            right = status == 405
        elif held:
            right = status < 500 and status not in _wrong_for(pattern) and not refused
        else:
            right = (status, refused) == (403, 1)
        if not right:
            wrong.append(
                f"{role} {'may' if held else 'must not'} {method} {pattern.name}: {status}, {refused} recorded"
            )
    assert not wrong


@pytest.mark.spec("ADM-09", "CUS-50")
@pytest.mark.parametrize("role", Role.values)
def test_a_page_leads_nowhere_its_reader_may_not_go(role: str, client_of: ClientOf, everything: None) -> None:
    client, wrong = client_of(role), set()
    for pattern in GUARDED:
        if pattern.callback.declared_permission not in GRANTED[role] or "GET" not in pattern.callback.declared_methods:
            continue
        answer = client.get(address(pattern))
        if not answer.get("Content-Type", "").startswith("text/html"):
            continue
        for led_to in LEADS.findall(answer.content.decode()):
            wanted = _permission_of(led_to)
            if wanted is not None and wanted not in GRANTED[role]:
                wrong.add(f"{pattern.name} shows a {role} {led_to}, which needs {wanted}")
    assert not wrong


def test_what_does_not_exist_is_not_found(client_of: ClientOf) -> None:
    client = client_of("super_admin")
    for pattern in GUARDED:
        converters = pattern.pattern.converters
        if "uuid" not in converters:
            continue
        # A form may first say what is missing in it, whatever it is about.
        url = reverse(f"admin:{pattern.name}", kwargs={name: uuid.uuid4() for name in converters})
        for method in set(pattern.callback.declared_methods) & {"GET", "POST"}:
            assert client.generic(method, url).status_code in (404, 422), f"{method} {pattern.name}"


def test_posts_need_the_token_of_a_page(client_of: ClientOf, everything: None) -> None:
    client = client_of("super_admin")
    client.handler.enforce_csrf_checks = True
    for pattern in ROUTES:
        if "POST" in pattern.callback.declared_methods:
            answer = client.post(address(pattern))
            assert answer.status_code == 403, pattern.name
            assert b"expired" in answer.content


def test_every_mutation_is_a_post(client_of: ClientOf, everything: None) -> None:
    """Following a link changes nothing; a record that somebody looked, read or exported is no change."""
    client, wrong = client_of("super_admin"), []
    client.get("/admin/customers")
    for pattern in GUARDED:
        if "GET" in pattern.callback.declared_methods:
            url = address(pattern)
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            wrong += [f"{pattern.name}: {one['sql'][:80]}" for one in queries if WRITES.match(one["sql"])]
    assert not wrong


def _wrong_for(pattern: URLPattern) -> tuple[int, ...]:
    return (403,) if pattern.name in NOT_YET else (403, 404)


def _permission_of(url: str) -> Permission | None:
    try:
        wanted: Permission | None = getattr(resolve(url).func, "declared_permission", None)
    except Resolver404:
        raise AssertionError(f"{url} leads nowhere") from None
    return wanted
