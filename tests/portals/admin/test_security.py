"""How admins sign in: the second step, enrolment, recovery codes, reset by mail, sessions."""

import re
from datetime import timedelta

import pyotp
import pytest
from django.test import Client

from keyturn.core import clock
from keyturn.people.admins.models import Admin
from keyturn.people.signin import second_factor
from keyturn.people.signin.models import RecoveryCode, SignIn
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.mail.models import Message
from keyturn.platform.mail.sealing import read
from keyturn.platform.notifications import folding
from keyturn.platform.notifications.models import Notification
from tests.jobs import Work
from tests.portals.conftest import PASSWORD, AdminOf, ClientOf

pytestmark = pytest.mark.django_db
PAGE, SET_UP, CODE = "/admin/profile/two-factor", "/admin/profile/two-factor/set-up", "/admin/sign-in/code"
NEW = "Harbour seventeen"


def _code(client: Client) -> str:
    """What an app shows that has scanned the page."""
    client.post(SET_UP)
    secret = client.get(f"{SET_UP}/secret.txt").content.decode().strip()
    return pyotp.TOTP(secret).at(int(clock.now().timestamp()))


def _enrol(client: Client) -> list[str]:
    """Turn it on, two minutes ago; the recovery codes."""
    with clock.fixed(clock.now() - timedelta(minutes=2)):
        page = client.post(SET_UP, {"code": _code(client)}).content.decode()
    return re.findall(r"<li>([\w-]{14})</li>", page)


def _first_step(admin: Admin, password: str = PASSWORD) -> Client:
    client = Client()
    client.post("/admin/sign-in?next=/admin/licenses", {"email": admin.email, "password": password})
    return client


def _shown(admin: Admin) -> str:
    """What the app of an enrolled admin shows."""
    from keyturn.people.signin.models import Authenticator

    secret = second_factor.crypto.unseal(Authenticator.objects.get(admin=admin).sealed_secret).decode()
    return pyotp.TOTP(secret).at(int(clock.now().timestamp()))


def _inside(client: Client) -> bool:
    return client.get("/admin/customers").status_code == 200


@pytest.mark.spec("PRF-06", "PRF-07", "PRF-08", "PRF-11")
def test_an_app_is_enrolled_and_eight_recovery_codes_are_shown(client_of: ClientOf, admin_of: AdminOf) -> None:
    client, tom = client_of("operator"), admin_of("operator")
    assert client.get(f"{SET_UP}/secret.txt").status_code == 404
    assert "You need an authenticator app" in client.get(SET_UP).content.decode()
    page = client.post(SET_UP).content.decode()
    assert second_factor.enrol(tom).secret in page
    picture = client.get(f"{SET_UP}/qr-code.svg")
    assert picture["Content-Disposition"].startswith("attachment")
    assert b"<svg" in picture.content
    assert client.post(SET_UP, {"code": "000000"}).status_code == 422
    assert not second_factor.is_on(tom)
    assert len(set(_enrol(client))) == 8
    assert second_factor.is_on(tom)
    assert AuditEvent.objects.filter(action="admin.totp_enabled", actor_id=str(tom.uuid)).exists()
    assert "turned on" in read(Message.objects.get(template="admin-security")).subject


@pytest.mark.spec("PRF-12")
def test_the_second_step_asks_for_a_code_and_opens_nothing_before(client_of: ClientOf, admin_of: AdminOf) -> None:
    codes, tom = _enrol(client_of("operator")), admin_of("operator")
    client = _first_step(tom)
    assert not _inside(client)
    assert re.search(r"These change in \d+ second", client.get(f"{CODE}?next=/admin/licenses").content.decode())
    before = client.cookies["keyturn_admin"].value
    assert client.post(CODE, {"code": "123456"}).status_code == 200
    assert client.post(f"{CODE}?next=/admin/licenses", {"code": _shown(tom)})["Location"] == "/admin/licenses"
    assert client.cookies["keyturn_admin"].value != before
    assert _inside(client)
    second = _first_step(tom)
    assert second.post(CODE, {"code": _shown(tom)}).status_code == 200
    assert second.post(CODE, {"code": codes[0]}).status_code == 302
    assert "7 recovery codes left" in second.get("/admin/customers").content.decode()
    assert _first_step(tom).post(CODE, {"code": codes[0]}).status_code == 200
    assert AuditEvent.objects.get(action="admin.recovery_code_used").ip == "127.0.0.1"
    told = [read(one) for one in Message.objects.filter(template="admin-security")]
    assert any("recovery code was used" in one.subject and "from 127.0.0.1." in one.text for one in told)


@pytest.mark.spec("PRF-13")
def test_codes_are_throttled_like_passwords(client_of: ClientOf, admin_of: AdminOf) -> None:
    _enrol(client_of("operator"))
    for _ in range(5):
        assert _first_step(admin_of("operator")).post(CODE, {"code": "000000"}).status_code == 200
    assert _first_step(admin_of("operator")).post(CODE, {"code": _shown(admin_of("operator"))}).status_code == 429
    folding.fold()
    told = Notification.objects.get(admin=admin_of("operator"), title="Your account was locked for a while")
    assert "wrong password or code" in told.body, "whoever gives codes knows the password"


@pytest.mark.spec("PRF-14")
def test_who_must_enrol_reaches_nothing_else(client_of: ClientOf, admin_of: AdminOf) -> None:
    tom = admin_of("operator")
    Admin.objects.update(require_2fa=True)
    client = client_of("operator")
    for page in ("/admin/customers", "/admin/profile", "/admin/", "/admin/profile/password"):
        assert client.get(page)["Location"] == SET_UP
    page = client.get(SET_UP).content.decode()
    assert 'href="/admin/licenses"' not in page, "nothing on it leads into a circle"
    assert 'href="/admin/notifications"' not in page
    asked = client.get("/admin/licenses?search=x", headers={"HX-Request": "true"})
    assert asked["HX-Redirect"] == SET_UP
    with clock.fixed(clock.now() - timedelta(minutes=2)):
        done = client.post(SET_UP, {"code": _code(client)}).content.decode()
    assert 'href="/admin/licenses"' in done, "from now on every page is open"
    assert _inside(client)
    Admin.objects.filter(pk=tom.pk).update(role="super_admin", require_2fa=False)
    client.post(f"{PAGE}/off", {"code": _shown(tom)}, headers={"Referer": PAGE})
    assert second_factor.is_on(tom)


@pytest.mark.spec("PRF-10")
def test_it_is_turned_off_by_a_code(client_of: ClientOf, admin_of: AdminOf) -> None:
    client, tom = client_of("operator"), admin_of("operator")
    codes = _enrol(client)
    assert client.post(f"{PAGE}/off", {"code": "000000", "sure": "on"}).status_code == 422
    unsure = client.post(f"{PAGE}/off", {"code": codes[5]})
    assert (unsure.status_code, second_factor.is_on(tom)) == (422, True), "the code is not used up"
    assert client.post(f"{PAGE}/off", {"code": codes[5], "sure": "on"})["Location"] == "/admin/profile"
    assert not second_factor.is_on(tom)
    assert _inside(_first_step(tom))


@pytest.mark.spec("PRF-09", "PRF-11")
def test_recovery_codes_are_shown_again_by_the_password(client_of: ClientOf) -> None:
    client = client_of("operator")
    codes = _enrol(client)
    assert client.post(f"{PAGE}/codes", {"current": "x"}).status_code == 422
    shown = client.post(f"{PAGE}/codes", {"current": PASSWORD}).content.decode()
    assert all(code in shown for code in codes)
    assert "data-veiled" in shown, "nobody reads them over a shoulder"
    assert "Regenerate" in shown
    renewed = client.post(f"{PAGE}/codes", {"current": PASSWORD, "renew": "1"}).content.decode()
    assert not any(code in renewed for code in codes)
    assert not any(code in row.sealed + row.code_hash for row in RecoveryCode.objects.all() for code in codes)


@pytest.mark.spec("PRF-15")
def test_a_forgotten_password_is_reset_by_mail_for_active_admins_alone(
    client_of: ClientOf, admin_of: AdminOf, work: Work
) -> None:
    tom, laptop = admin_of("operator"), client_of("operator")
    _enrol(laptop)
    viewer = admin_of("viewer")
    Admin.objects.filter(pk=viewer.pk).update(is_active=False)
    for email in (tom.email, viewer.email, "nobody@keyturn.example"):
        page = Client().post("/admin/forgot", {"email": email}).content.decode()
        assert "Check your e-mail" in page
    work()
    content = read(Message.objects.get(template="admin-password-reset"))
    assert content.to == tom.email
    path = re.search(r"(/welcome/[\w-]+)", content.text)[1]  # type: ignore[index]
    assert Client().get(path).status_code == 200
    assert "Choose another password" in Client().post(path, {"password": PASSWORD}).content.decode()
    assert Client().post(path, {"password": NEW})["Location"] == "/admin/sign-in"
    assert Client().get(path).status_code == 404
    assert not _inside(laptop)
    client = _first_step(tom, NEW)
    assert not _inside(client)
    assert client.post(CODE, {"code": _shown(tom)}).status_code == 302
    assert {"admin.password_reset_requested", "admin.password_reset"} <= set(
        AuditEvent.objects.filter(subject_id=str(tom.uuid)).values_list("action", flat=True)
    )


@pytest.mark.spec("PRF-04", "PRF-05")
def test_a_new_password_ends_other_sessions_and_wrong_ones_are_throttled(
    client_of: ClientOf, admin_of: AdminOf
) -> None:
    here, there, page = client_of("operator"), client_of("operator"), "/admin/profile/password"
    fields = {"current": PASSWORD, "password": NEW, "again": NEW}
    for wrong, complaint in (
        ({"current": "x"}, "not your current password"),
        ({"again": "y"}, "The two passwords differ"),
        ({"password": "short", "again": "short"}, "at least 8 characters"),
        ({"password": PASSWORD, "again": PASSWORD}, "Choose another password"),
    ):
        answer = here.post(page, fields | wrong)
        assert answer.status_code == 422
        assert complaint in answer.content.decode()
    assert here.post(page, fields).status_code == 204
    assert (_inside(here), _inside(there)) == (True, False)
    assert _inside(_first_step(admin_of("operator"), NEW))
    for _ in range(5):
        here.post(page, fields)
    assert "Too many attempts" in here.post(page, fields).content.decode()


@pytest.mark.spec("PRF-17", "PRF-16")
def test_sessions_and_attempts_are_listed_and_ended(client_of: ClientOf, admin_of: AdminOf) -> None:
    here, there, tom = client_of("operator"), client_of("operator"), admin_of("operator")
    _first_step(tom, "wrong password")
    page = here.get("/admin/profile").content.decode()
    assert page.count("This session") == 1
    assert "Wrong password" in page
    assert SignIn.objects.filter(admin=tom).count() == 3
    end = re.search(r'action="(/admin/profile/sessions/[\w-]{36}/end)"', page)[1]  # type: ignore[index]
    assert client_of("viewer").post(end).status_code == 302
    assert _inside(there)
    here.post(end)
    assert (_inside(here), _inside(there)) == (True, False)
    third = client_of("operator")
    here.post("/admin/profile/sessions/end")
    assert (_inside(here), _inside(third)) == (True, False)


@pytest.mark.spec("PRF-10")
def test_another_device_takes_the_password_and_a_code(client_of: ClientOf, admin_of: AdminOf) -> None:
    here, tom = client_of("operator"), admin_of("operator")
    _enrol(here)
    there = _first_step(tom)
    with clock.fixed(clock.now() - timedelta(seconds=30)):
        there.post(CODE, {"code": _shown(tom)})
    for answer in (here.get(SET_UP), here.post(SET_UP)):
        assert "Set up on a new device" in answer.content.decode()
    assert "QR code" not in here.post(SET_UP, {"code": _shown(tom)}).content.decode()
    wrong = here.post(SET_UP, {"current": "wrong", "code": _shown(tom)})
    assert (wrong.status_code, "not your current password" in wrong.content.decode()) == (422, True)
    assert here.post(SET_UP, {"current": PASSWORD, "code": "000000"}).status_code == 422
    assert here.get(f"{SET_UP}/secret.txt").status_code == 404
    old = _shown(tom)
    assert here.post(SET_UP, {"current": PASSWORD, "code": old})["Location"] == SET_UP
    assert "QR code" in here.get(SET_UP).content.decode()
    assert "QR code" not in there.get(SET_UP).content.decode(), "another session was not asked"
    assert there.get(f"{SET_UP}/secret.txt").status_code == 404
    assert _shown(tom) == old, "the present device works until the new one has shown a code"
    codes = _enrol(here)
    assert len(codes) == 8
    assert _shown(tom) != old
    assert "QR code" not in here.get(SET_UP).content.decode()


@pytest.mark.spec("PRF-10")
def test_the_leave_to_replace_a_device_ends(client_of: ClientOf, admin_of: AdminOf) -> None:
    client, tom = client_of("operator"), admin_of("operator")
    _enrol(client)
    client.post(SET_UP, {"current": PASSWORD, "code": _shown(tom)})
    with clock.fixed(clock.now() + timedelta(minutes=11)):
        assert "QR code" not in client.get(SET_UP).content.decode()
        assert client.post(SET_UP, {"code": "000000"}).content.decode().count("Set up on a new device")
