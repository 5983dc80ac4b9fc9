"""The admin's own page: what he says about himself, his picture, his timezone; and what he cannot change."""

import re
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keyturn.core import clock
from keyturn.core.errors import NotPermitted
from keyturn.people.admins import profile, services
from keyturn.people.admins.models import Admin
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.pictures.models import Picture
from tests.conftest import ActorFor
from tests.pictures import drawing, picture
from tests.portals.conftest import AdminOf, ClientOf

pytestmark = pytest.mark.django_db
PAGE = "/admin/profile"
GIVEN = {
    "name": "Tom Weber",
    "bio": "Answers on\r\nweekdays.",
    "company": "Pro Tools GmbH",
    "job_title": "Support",
    "phone": "+49 30 123 / ext. 4",
}


def _file(content: bytes, name: str = "me.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.mark.spec("PRF-01")
@pytest.mark.parametrize("role", ["super_admin", "admin", "operator", "viewer"])
def test_everybody_edits_his_own_profile(role: str, client_of: ClientOf, admin_of: AdminOf) -> None:
    client = client_of(role)
    page = client.get(PAGE).content.decode()
    labels = ("Profile Avatar", "Full Name", "Email Address", "Bio", "Company", "Job Title", "Phone Number")
    assert [label for label in labels if label not in page] == []
    assert re.search(rf'value="{admin_of(role).email}" readonly', page)
    assert "It cannot change." in page
    assert client.post(PAGE, GIVEN)["Location"] == PAGE
    assert "Profile saved" in client.get(PAGE).content.decode()
    me = admin_of(role)
    assert (me.name, me.bio, me.company) == ("Tom Weber", "Answers on\nweekdays.", "Pro Tools GmbH")
    assert (me.job_title, me.phone) == ("Support", "+49 30 123 / ext. 4")
    event = AuditEvent.objects.filter(action="admin.updated").latest("pk")
    assert set(event.changes["fields"]) == set(GIVEN)
    client.post(PAGE, GIVEN)
    assert AuditEvent.objects.filter(action="admin.updated").count() == 1


@pytest.mark.spec("PRF-02")
@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"name": " "}, "Enter your name."),
        ({"avatar": _file(b"GIF but no image", "me.gif")}, "Choose a JPEG, PNG or GIF image."),
        ({"avatar": _file(drawing(), "me.png")}, "Choose a JPEG, PNG or GIF image."),
        ({"avatar": _file(b"", "me.png")}, "Choose a JPEG, PNG or GIF image."),
        ({"avatar": _file(picture() + b"\0" * 2 * 1024 * 1024)}, "Choose an image of at most 2 MB."),
        ({"phone": "1" * 51}, "at most 50 characters"),
        ({"time_zone": "Moon/Crater"}, "Choose a timezone of the list"),
    ],
)
def test_a_wrong_entry_is_refused_beside_its_field(client_of: ClientOf, changes: dict[str, object], text: str) -> None:
    client = client_of("operator")
    answer = client.post(PAGE, {**GIVEN, **changes})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(rf'id="id_{next(iter(changes))}-error">.*?{re.escape(text)}', page, re.DOTALL)
    assert 'value="Pro Tools GmbH"' in page
    assert not Admin.objects.filter(company="Pro Tools GmbH").exists()
    assert not Picture.objects.exists()


@pytest.mark.spec("PRF-02")
def test_a_picture_replaces_the_initials_until_it_is_removed(client_of: ClientOf, admin_of: AdminOf) -> None:
    client = client_of("viewer")
    assert client.get(f"{PAGE}/avatar").status_code == 404
    client.post(PAGE, {**GIVEN, "avatar": _file(picture(size=(900, 900)))})
    shown = client.get(f"{PAGE}/avatar")
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/webp")
    assert admin_of("viewer").avatar.endswith("-512x512.webp")
    assert f'src="{PAGE}/avatar?{admin_of("viewer").avatar}"' in client.get("/admin/dashboard").content.decode()
    client.post(PAGE, {**GIVEN, "avatar": _file(picture(colour="red"))})
    assert Picture.objects.count() == 1
    assert client_of("operator").get(f"{PAGE}/avatar").status_code == 404
    client.post(PAGE, {**GIVEN, "remove_avatar": "on"})
    assert client.get(f"{PAGE}/avatar").status_code == 404
    assert not Picture.objects.exists()
    assert f"{PAGE}/avatar" not in client.get("/admin/dashboard").content.decode()


@pytest.mark.spec("PRF-03")
def test_a_crafted_request_changes_nothing_else(client_of: ClientOf, admin_of: AdminOf) -> None:
    client, before = client_of("viewer"), admin_of("viewer")
    crafted = {"email": "boss@example.com", "role": "super_admin", "status": "inactive", "is_active": ""}
    crafted |= {"require_2fa": "on", "avatar_name": "x", "session_epoch": "9", "uuid": str(admin_of("admin").uuid)}
    assert client.post(PAGE, {**GIVEN, **crafted}).status_code == 302
    after = admin_of("viewer")
    fields = ("email", "role", "is_active", "require_2fa", "session_epoch", "uuid")
    assert [getattr(after, one) for one in fields] == [getattr(before, one) for one in fields]
    assert admin_of("admin").name == "Admin Person"


@pytest.mark.spec("PRF-03")
def test_nobody_edits_somebody_else(actor_for: ActorFor, admin_of: AdminOf) -> None:
    with pytest.raises(NotPermitted):
        profile.save(services.actor_of(admin_of("super_admin")), admin_of("viewer"), name="Somebody")


@pytest.mark.spec("ADM-07", "PRF-02")
def test_deleting_an_admin_takes_his_picture_along(client_of: ClientOf, admin_of: AdminOf) -> None:
    client_of("viewer").post(PAGE, {**GIVEN, "avatar": _file(picture())})
    services.delete(services.actor_of(admin_of("super_admin")), admin_of("viewer"))
    gone = Admin.objects.get(name="Deleted Admin")
    assert (gone.avatar, gone.bio, gone.phone) == ("", "", "")
    assert not Picture.objects.exists()


def _joined(client: Client) -> str:
    page = client.get("/admin/customers").content.decode()
    return re.findall(r'title="(Mar 1, 2026[^"]*|Feb 28, 2026[^"]*)"', page)[0]


@pytest.mark.spec("PRF-18")
def test_pages_show_times_in_the_zone_of_the_browser_or_the_chosen_one(client_of: ClientOf) -> None:
    with clock.fixed(datetime(2026, 3, 1, 0, 30, tzinfo=UTC)):
        Customer.objects.create(email="john@example.com", name="John", joined_at=clock.now())
    client = client_of("viewer")
    assert _joined(client) == "Mar 1, 2026, 00:30:00 UTC"
    client.cookies["keyturn_zone"] = "America%2FNew_York"
    assert _joined(client) == "Feb 28, 2026, 19:30:00 EST"
    client.post(PAGE, {**GIVEN, "time_zone": "Europe/Berlin"})
    assert _joined(client) == "Mar 1, 2026, 01:30:00 CET"
    client.post(PAGE, GIVEN)
    client.cookies["keyturn_zone"] = "../../etc/passwd"
    assert _joined(client) == "Mar 1, 2026, 00:30:00 UTC"


@pytest.mark.spec("PRF-18")
def test_the_theme_is_chosen_on_the_page(client_of: ClientOf) -> None:
    page = client_of("viewer").get(PAGE).content.decode()
    assert all(f'data-set-theme="{theme}"' in page for theme in ("light", "dark", "system"))
