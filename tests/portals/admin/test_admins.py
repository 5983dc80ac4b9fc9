"""Admin users: the list, the forms, invitations and what ends a session."""

import re
from datetime import timedelta

import pyotp
import pytest
from django.core.signing import Signer
from django.test import Client

from keyturn.access.permissions import Role
from keyturn.core import clock
from keyturn.people.admins.models import Admin
from keyturn.people.signin import accounts, second_factor
from keyturn.people.signin.models import Authenticator, Link, RecoveryCode, Session, SignIn
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.mail.models import Message
from keyturn.platform.mail.sealing import read
from keyturn.platform.preferences import services as preferences
from tests.portals.conftest import AdminOf, ClientOf

pytestmark = pytest.mark.django_db
NEW = {"name": "Nina Brandt", "email": "Nina@Example.com", "role": "operator", "status": "active", "require_2fa": "on"}
PASSWORD = "a long enough phrase"


def _link_in(answer: object) -> str:
    return re.search(r'value="https?://[^/"]+(/welcome/[^"]+)"', answer.content.decode())[1]  # type: ignore


def _invite(client: Client, **changes: str) -> str:
    return _link_in(client.post("/admin/admins/create", {**NEW, **changes}))


def _sign_in(email: str, password: str = PASSWORD) -> Client:
    client = Client()
    client.post("/admin/sign-in", {"email": email, "password": password})
    return client


def _inside(client: Client) -> bool:
    return client.get("/admin/customers").status_code == 200


@pytest.mark.spec("ADM-01", "ADM-02")
def test_the_list_finds_filters_and_orders(super_admin: Client, admin_of: AdminOf) -> None:
    viewer = admin_of("viewer")
    Admin.objects.filter(pk=viewer.pk).update(is_active=False, name="Zoe")
    admin_of("operator")

    def names(query: str) -> list[str]:
        page = super_admin.get(f"/admin/admins{query}").content.decode()
        return re.findall(r'class="row-link[^>]*>([^<]+)<', page)

    assert names("") == ["Operator Person", "Zoe", "Super_Admin Person"]
    assert names("?search=ZOE") == names("?status=inactive") == names("?role=viewer") == ["Zoe"]
    assert names("?sort=name&direction=desc")[0] == "Zoe"
    page = super_admin.get("/admin/admins?role=super_admin").content.decode()
    assert ">You<" in page
    assert "Deactivate" not in page


@pytest.mark.spec("ADM-03", "ADM-04")
def test_an_invited_admin_chooses_a_password_once(super_admin: Client) -> None:
    link = _invite(super_admin)
    nina = Admin.objects.get(email="nina@example.com")
    assert (nina.role, nina.require_2fa, nina.has_usable_password()) == (Role.OPERATOR, True, False)
    assert Message.objects.filter(template="admin-invitation").count() == 1
    assert Client().get(link).status_code == 200
    assert b"at least 8 characters" in Client().post(link, {"password": "short"}).content
    assert Client().post(link, {"password": PASSWORD})["Location"] == "/admin/sign-in"
    assert Client().get(link).status_code == Client().post(link, {"password": PASSWORD}).status_code == 404
    assert _sign_in("nina@example.com").get("/admin/customers")["Location"] == "/admin/profile/two-factor/set-up"


@pytest.mark.spec("ADM-03")
def test_a_known_address_is_refused_with_advice(super_admin: Client) -> None:
    _invite(super_admin)
    answer = super_admin.post("/admin/admins/create", NEW)
    assert answer.status_code == 422
    assert b"Reactivate that account" in answer.content


def test_a_link_expires_and_a_newer_one_voids_it(super_admin: Client) -> None:
    first = _invite(super_admin)
    nina = Admin.objects.get(email="nina@example.com")
    second = _link_in(super_admin.post(f"/admin/admins/{nina.uuid}/invite"))
    assert Client().get(first).status_code == 404
    with clock.fixed(clock.now() + timedelta(hours=72)):
        assert Client().get(second).status_code == 404
    assert Client().get(second).status_code == 200
    assert Client().get("/welcome/" + Signer().sign("made-up")).status_code == 404


@pytest.mark.spec("ADM-06")
def test_a_deactivated_admin_is_out_at_once_and_sessions_stay_dead(
    super_admin: Client, client_of: ClientOf, admin_of: AdminOf
) -> None:
    tom, laptop = admin_of("operator"), client_of("operator")
    assert _inside(laptop)
    super_admin.post(f"/admin/admins/{tom.uuid}/deactivate")
    assert not _inside(laptop)
    assert not _inside(_sign_in(tom.email, "correct horse battery"))
    super_admin.post(f"/admin/admins/{tom.uuid}/reactivate")
    assert not _inside(laptop)
    assert _inside(_sign_in(tom.email, "correct horse battery"))


@pytest.mark.spec("ADM-05")
def test_a_new_role_applies_to_the_next_request(super_admin: Client, client_of: ClientOf, admin_of: AdminOf) -> None:
    tom, laptop = admin_of("operator"), client_of("operator")
    assert laptop.get("/admin/products/create").status_code == 403
    fields = {"name": "Tom", "role": "admin", "status": "active", "email": "other@example.com"}
    assert super_admin.post(f"/admin/admins/{tom.uuid}", fields).status_code == 302
    assert laptop.get("/admin/products/create").status_code == 200
    tom.refresh_from_db()
    assert (tom.name, tom.email) == ("Tom", "operator@keyturn.example")


@pytest.mark.spec("ADM-07")
def test_deleting_needs_the_address(super_admin: Client, admin_of: AdminOf) -> None:
    tom = admin_of("operator")
    super_admin.post(f"/admin/admins/{tom.uuid}/delete", {"confirm": "somebody@else.example"})
    assert Admin.objects.present().filter(pk=tom.pk).exists()
    super_admin.post(f"/admin/admins/{tom.uuid}/delete", {"confirm": tom.email})
    assert not Admin.objects.present().filter(pk=tom.pk).exists()
    assert super_admin.get(f"/admin/admins/{tom.uuid}").status_code == 404


@pytest.mark.spec("ADM-07")
def test_nothing_is_kept_of_a_deleted_admin(super_admin: Client, client_of: ClientOf, admin_of: AdminOf) -> None:
    tom = admin_of("operator")
    client_of("operator")
    _enrol(tom)
    super_admin.post(f"/admin/admins/{tom.uuid}/reset")
    mine = "operator@keyturn.example"
    assert mine in super_admin.get("/admin/outbox").content.decode()
    super_admin.post(f"/admin/admins/{tom.uuid}/delete", {"confirm": mine})
    for model in (SignIn, Session, Link, Authenticator, RecoveryCode):
        assert not model.objects.filter(admin=tom).exists(), model
    assert mine not in super_admin.get("/admin/outbox").content.decode()
    assert not Message.objects.filter(template="admin-password-reset").exclude(sealed="").exists()


@pytest.mark.spec("ADM-08")
def test_a_reset_ends_sessions_and_sends_a_link(super_admin: Client, client_of: ClientOf, admin_of: AdminOf) -> None:
    tom, laptop = admin_of("operator"), client_of("operator")
    super_admin.post(f"/admin/admins/{tom.uuid}/reset")
    assert not _inside(laptop)
    assert Message.objects.filter(template="admin-password-reset").count() == 1


def test_the_last_super_admin_cannot_be_demoted_on_the_page(super_admin: Client, admin_of: AdminOf) -> None:
    me = admin_of("super_admin")
    fields = {"name": me.name, "role": "viewer", "status": "active"}
    answer = super_admin.post(f"/admin/admins/{me.uuid}", fields)
    assert answer.status_code == 422
    assert b"You cannot demote yourself" in answer.content


def _enrol(admin: Admin) -> None:
    me = accounts.themselves(admin)
    secret = second_factor.enrol(admin).secret
    second_factor.confirm(me, admin, pyotp.TOTP(secret).at(int(clock.now().timestamp())))


@pytest.mark.spec("ADM-08", "PRF-11", "PRF-14")
def test_a_lost_authenticator_is_reset_by_a_super_admin(
    super_admin: Client, client_of: ClientOf, admin_of: AdminOf
) -> None:
    tom, laptop = admin_of("operator"), client_of("operator")
    edit, reset = f"/admin/admins/{tom.uuid}", f"/admin/admins/{tom.uuid}/reset-2fa"
    assert "Reset 2FA" not in super_admin.get(edit).content.decode()
    _enrol(tom)
    assert reset in super_admin.get(edit).content.decode()
    assert "All sessions end at once" in super_admin.get(reset).content.decode()
    assert client_of("admin").post(reset).status_code == 403
    assert second_factor.is_on(tom)
    assert super_admin.post(reset)["Location"] == edit
    assert not second_factor.is_on(tom)
    assert not RecoveryCode.objects.filter(admin=tom).exists()
    assert not _inside(laptop)
    event = AuditEvent.objects.get(action="admin.totp_reset")
    assert (event.subject_id, event.actor_id) == (str(tom.uuid), str(admin_of("super_admin").uuid))
    told = [read(message) for message in Message.objects.filter(template="admin-security")]
    assert [mail.to for mail in told if "Two-factor sign-in reset" in mail.text] == [tom.email]
    assert client_of("operator").get("/admin/customers")["Location"] == "/admin/profile/two-factor/set-up"
    assert "has no two-factor" in super_admin.post(reset, follow=True).content.decode()


def test_nobody_resets_his_own_second_factor_without_it(super_admin: Client, admin_of: AdminOf) -> None:
    me = admin_of("super_admin")
    _enrol(me)
    super_admin.post(f"/admin/admins/{me.uuid}/reset-2fa")
    assert second_factor.is_on(me)


@pytest.mark.spec("ADM-03")
def test_everything_that_is_wrong_with_a_new_admin_is_said_at_once(super_admin: Client) -> None:
    page = super_admin.post("/admin/admins/create", {**NEW, "name": "", "email": "nobody"}).content.decode()
    assert "Enter the name." in page
    assert "Enter a valid e-mail address" in page


@pytest.mark.spec("ADM-04", "ADM-08")
def test_pages_about_links_say_how_long_they_work_and_whether_they_were_mailed(
    super_admin: Client, admin_of: AdminOf
) -> None:
    preferences.set_value("links.invitation_hours", 5)
    preferences.set_value("links.reset_minutes", 20)
    reset = f"/admin/admins/{admin_of('viewer').uuid}/reset"
    page = super_admin.post("/admin/admins/create", NEW).content.decode()
    assert "nothing was sent to" in page
    assert "It works once, for 5 hours" in page
    assert "waits in the Outbox, as mail is not set up; it works once, for 20 minutes" in _text(super_admin.get(reset))
    preferences.set_value("mail.sender_email", "shop@example.com")
    invite = f"/admin/admins/{Admin.objects.get(name='Nina Brandt').uuid}/invite"
    assert "On its way to nina@example.com." in _text(super_admin.post(invite))
    assert "goes to viewer@keyturn.example; it works once, for 20 minutes" in _text(super_admin.get(reset))


def _text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def test_who_is_let_in_again_without_a_password_needs_an_invitation(super_admin: Client) -> None:
    super_admin.post("/admin/admins/create", {**NEW, "status": "inactive"})
    nina = Admin.objects.get(name="Nina Brandt")
    answer = super_admin.post(f"/admin/admins/{nina.uuid}/reactivate", follow=True)
    assert "resend the invitation" in answer.content.decode()


@pytest.mark.spec("PRF-04")
def test_the_page_of_an_invitation_says_the_rules_in_force(super_admin: Client) -> None:
    link = _invite(super_admin)
    assert "At least 8 characters; 12 or more with mixed classes are better." in _text(Client().get(link))
    preferences.set_value("passwords.admin_minimum_length", 14)
    assert "At least 14 characters.<" in _text(Client().get(link))
    assert "Use at least 14 characters." in _text(Client().post(link, {"password": "thirteenSigns"}))
