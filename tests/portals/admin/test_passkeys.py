"""Who may touch which passkey, and what takes them away."""

import pytest
from django.test import Client

from keyturn.access.actors import Actor, system
from keyturn.core.errors import Refused
from keyturn.people.admins import services
from keyturn.people.admins.models import Admin
from keyturn.people.signin import lost_devices, passkeys, second_factor
from keyturn.people.signin.models import Authenticator, Passkey, SignIn, UsedChallenge
from keyturn.people.signin.passkeys import Site
from keyturn.people.signin.refusals import SignInRefused
from keyturn.people.signin.sessions import Visitor

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


def _passkey(admin: Admin, name: str = "Laptop") -> Passkey:
    return Passkey.objects.create(admin=admin, name=name, host="localhost", credential_id=f"id-{name}", public_key="AA")


def _admin(email: str) -> Admin:
    return services.create(system("test"), name="Mara", email=email, role="admin", password="correct horse")


@pytest.mark.parametrize(
    ("origin", "usable"),
    [
        ("https://keys.example.com", True),
        ("http://localhost:8000", True),
        ("http://keys.example.com", False),
        ("https://192.0.2.1", False),
        ("http://127.0.0.1:8000", False),
        ("https://[2001:db8::1]", False),
    ],
)
def test_browsers_allow_passkeys_under_names_with_tls(origin: str, usable: bool) -> None:
    assert Site(origin).usable is usable
    if not usable:
        with pytest.raises(Refused, match="https"):
            passkeys.ask_who(Site(origin))


def test_a_passkey_takes_the_password_and_belongs_to_one_admin(super_admin: Client) -> None:
    other, own = _admin("other@example.com"), Admin.objects.get(email="super_admin@keyturn.example")
    theirs, mine = _passkey(other), _passkey(own, "Phone")
    assert super_admin.get(f"/admin/profile/passkeys/{theirs.uuid}/remove").status_code == 404
    assert super_admin.post(f"/admin/profile/passkeys/{theirs.uuid}/remove", {"current": "x"}).status_code == 404
    url = f"/admin/profile/passkeys/{mine.uuid}/remove"
    assert super_admin.post(url, {"current": "wrong"}, headers=HX).status_code == 422
    assert (
        super_admin.post("/admin/profile/passkeys/add", {"name": "x", "current": "no"}, headers=HX).status_code == 422
    )
    assert Passkey.objects.count() == 2
    kept = super_admin.post(
        "/admin/profile/passkeys/keep", {"name": "x", "ticket": "made up", "answer": "{}"}, headers=HX
    )
    assert kept.status_code == 422
    assert "This took too long" in kept.content.decode()


@pytest.mark.parametrize("answer", ["", "[]", "{", '{"id": 1}', '{"id": "id-Laptop"}', '{"id": "unknown"}'])
def test_answers_that_no_device_gave_are_refused_and_noted(answer: str) -> None:
    _passkey(_admin("other@example.com"))
    site = Site("http://localhost")
    with pytest.raises(SignInRefused):
        passkeys.authenticate(site, Visitor("192.0.2.7"), ticket=passkeys.ask_who(site).ticket, answer=answer)
    assert SignIn.objects.get().result == SignIn.Result.WRONG_PASSKEY
    assert not UsedChallenge.objects.exists()


def test_guesses_have_to_wait() -> None:
    site, visitor = Site("http://localhost"), Visitor("192.0.2.7")
    for _ in range(5):
        with pytest.raises(SignInRefused, match="not accepted"):
            passkeys.authenticate(site, visitor, ticket=passkeys.ask_who(site).ticket, answer='{"id": "one"}')
    with pytest.raises(SignInRefused, match="Too many"):
        passkeys.authenticate(site, visitor, ticket=passkeys.ask_who(site).ticket, answer='{"id": "one"}')


def test_a_lost_device_takes_its_passkeys_along(owner: Actor) -> None:
    admin = _admin("other@example.com")
    _passkey(admin)
    second_factor.enrol(admin)
    Authenticator.objects.update(confirmed_at="2026-01-01T00:00Z")
    lost_devices.reset(owner, admin)
    assert not passkeys.of(admin).exists()


def test_twenty_are_enough() -> None:
    admin = _admin("other@example.com")
    for place in range(passkeys.MOST):
        _passkey(admin, f"{place}")
    with pytest.raises(Refused, match="Remove one first"):
        passkeys.ask_to_add(admin, Site("http://localhost"))
