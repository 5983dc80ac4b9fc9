"""The settings pages: whole tabs, kept input, secrets that never come back, test mails."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keyturn.config.middleware import ContentSecurityPolicy
from keyturn.core.errors import Invalid
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.mail.branding import brand
from keyturn.platform.mail.models import Message
from keyturn.platform.mail.rendering import Source, render
from keyturn.platform.preferences import services as preferences
from keyturn.platform.preferences.models import Revision
from keyturn.platform.preferences.registry import TABS, of_tab
from tests.mailserver import free_port, mail_server, smtp
from tests.pictures import drawing, picture
from tests.portals.conftest import ClientOf, VisitOf

__all__ = ["smtp"]
pytestmark = pytest.mark.django_db


def _form(tab: str, **changes: str) -> dict[str, str]:
    values = {one.name: one.default for one in of_tab(tab)}
    posted = {name.replace(".", "-"): "on" if value is True else str(value) for name, value in values.items() if value}
    return {**posted, **{name.replace("__", "-"): value for name, value in changes.items()}}


@pytest.mark.spec("SET-01")
def test_every_tab_opens_and_shows_every_setting(super_admin: Client) -> None:
    assert super_admin.get("/admin/settings").headers["Location"] == "/admin/settings/general"
    for tab in TABS:
        page = super_admin.get(f"/admin/settings/{tab.name}").content.decode()
        for one in of_tab(tab.name):
            assert f'id="id_{one.name.replace(".", "-")}"' in page
            assert one.help in page.replace("&#x27;", "'")


@pytest.mark.spec("SET-02", "SET-03")
def test_saving_a_tab(super_admin: Client) -> None:
    posted = _form("general", general__app_name="Acme Licensing", general__support_email="Help@Example.com")
    answer = super_admin.post("/admin/settings/general/save", posted)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/settings/general")
    assert preferences.text("general.app_name") == "Acme Licensing"
    assert preferences.text("general.support_email") == "help@example.com"
    event = AuditEvent.objects.get(action="settings.changed")
    assert event.changes["general.app_name"] == ["Keyturn", "Acme Licensing"]
    assert 'value="Acme Licensing"' in super_admin.get("/admin/settings/general").content.decode()


@pytest.mark.spec("SET-02")
def test_an_error_saves_nothing_and_keeps_the_input(super_admin: Client) -> None:
    posted = _form("security", signin__attempts="none", passwords__minimum_length="12")
    answer = super_admin.post("/admin/settings/security/save", posted)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Enter a whole number from 1 to 100." in page
    assert 'value="none"' in page
    assert 'value="12"' in page
    assert preferences.get("passwords.minimum_length") == 10


def test_a_toggle_can_be_turned_off(super_admin: Client) -> None:
    posted = _form("general", general__support_email="help@example.com")
    super_admin.post("/admin/settings/general/save", posted)
    assert preferences.flag("general.landing_page")
    del posted["general-landing_page"]
    super_admin.post("/admin/settings/general/save", posted)
    assert not preferences.flag("general.landing_page")


def test_the_tabs_say_how_links_in_mails_start(super_admin: Client, settings: Any) -> None:
    settings.LOCAL_URL = "http://127.0.0.1:9000"
    for tab in ("general", "email"):
        page = super_admin.get(f"/admin/settings/{tab}").content.decode()
        assert "http://127.0.0.1:9000</strong>, which works on this server alone." in page
    assert "works on this server alone" not in super_admin.get("/admin/settings/security").content.decode()
    settings.PUBLIC_URL = "https://keys.example.com"
    page = super_admin.get("/admin/settings/general").content.decode()
    assert "https://keys.example.com</strong>, whatever the Public Address below says." in page
    settings.PUBLIC_URL = ""
    preferences.set_value("general.base_url", "https://own.example.com")
    assert 'label="Public Address"' not in super_admin.get("/admin/settings/general").content.decode()


@pytest.mark.spec("SET-04")
def test_a_secret_is_never_shown_again(super_admin: Client) -> None:
    posted = _form("email", mail__sender_email="shop@example.com", mail__password="hunter2!")
    super_admin.post("/admin/settings/email/save", posted)
    page = super_admin.get("/admin/settings/email").content.decode()
    assert "hunter2" not in page
    assert "Saved. Leave empty to keep it." in page
    refused = super_admin.post("/admin/settings/email/save", {**posted, "mail-port": "0"})
    assert b"hunter2" not in refused.content
    super_admin.post("/admin/settings/email/save", {**posted, "mail-password": ""})
    assert preferences.text("mail.password") == "hunter2!"


def test_the_chosen_driver_says_what_it_needs(super_admin: Client) -> None:
    posted = _form("email", mail__sender_email="shop@example.com", mail__driver="mailgun")
    answer = super_admin.post("/admin/settings/email/save", posted)
    page = answer.content.decode()
    assert page.count("This is required for the driver.") == 2
    for label in ("SMTP Host", "Domain", "API Key", "Secret Access Key", "Sender Email"):
        assert re.search(f'>{label} <span class="required"', page), label
    assert re.search('>Username <span class="hint[^"]*">Optional', page)


@pytest.mark.spec("SET-06")
def test_an_admin_reads_the_email_tab_and_changes_the_others(client_of: ClientOf) -> None:
    client = client_of("admin")
    page = client.get("/admin/settings/email").content.decode()
    assert "Only a Super Admin may change these settings." in page
    assert "Save Settings" not in page
    assert "Send Test Email" not in page
    assert client.post("/admin/settings/email/save", _form("email")).status_code == 403
    assert client.post("/admin/settings/email/test", _form("email")).status_code == 403
    assert b"Save Settings" in client.get("/admin/settings/security").content
    for role in ("operator", "viewer"):
        assert client_of(role).get("/admin/settings/general").status_code == 403
        assert b"/admin/settings" not in client_of(role).get("/admin/customers").content


def _test(client: Client, server_port: int, **changes: str) -> str:
    posted = _form(
        "email",
        mail__host="127.0.0.1",
        mail__port=str(server_port),
        mail__encryption="none",
        mail__sender_email="shop@example.com",
    )
    answer = client.post("/admin/settings/email/test", {**posted, "test_to": "owner@example.com", **changes})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.spec("SET-05", "SET-30")
def test_a_test_mail_uses_the_form_and_saves_nothing(super_admin: Client) -> None:
    with mail_server() as server:
        assert "Accepted by the server." in _test(super_admin, server.port)
        mail = server.only
    assert mail["Subject"] == "Test Email from Keyturn"
    assert mail["To"] == "owner@example.com"
    text = mail.get_body(("plain",))
    assert text is not None
    for line in ("Host: 127.0.0.1", f"Port: {server.port}", "Driver: SMTP", "Encryption: None", "UTC"):
        assert line in text.get_content()
    assert preferences.text("mail.sender_email") == ""
    assert not Message.objects.exists()
    event = AuditEvent.objects.get(action="settings.mail_tested")
    assert event.changes == {"driver": "smtp", "outcome": "accepted"}


@pytest.mark.spec("SET-05")
def test_an_empty_password_means_the_stored_one(super_admin: Client) -> None:
    preferences.set_value("mail.password", "s3cret word")
    with mail_server(auth=True) as server:
        assert "Accepted" in _test(super_admin, server.port, **{"mail-username": "shop"})
        assert "Authentication failed." in _test(super_admin, server.port, **{"mail-username": "else"})


@pytest.mark.spec("SET-30")
def test_a_test_mail_that_fails_says_why(super_admin: Client) -> None:
    assert "Connection refused." in _test(super_admin, free_port())
    with mail_server() as server:
        assert "TLS error." in _test(super_admin, server.port, **{"mail-encryption": "tls"})
        server.refuse["recipient"] = "550 no such user"
        assert "Recipient refused." in _test(super_admin, server.port)
        assert "Recipient: Enter a valid e-mail address" in _test(super_admin, server.port, test_to="nobody")
        assert "SMTP Port: Enter a whole number" in _test(super_admin, server.port, **{"mail-port": "x"})


def _logo(content: bytes, name: str = "logo.png", **changes: object) -> dict[str, object]:
    values = _form("general", general__support_email="help@example.com")
    return {**values, "general-logo": SimpleUploadedFile(name, content), **changes}


def _logo_in(client: Client, page: str) -> str:
    """Where the logo of a page is; empty for the built-in one."""
    found = re.search(r'<img src="([^"]+)"[^>]* data-logo>', client.get(page).content.decode())
    return found[1] if found else ""


@pytest.mark.spec("SET-10")
@pytest.mark.parametrize("content", [picture(size=(200, 50)), picture("JPEG", (200, 50)), drawing()])
def test_a_logo_shows_in_both_portals_and_on_every_way_in(
    super_admin: Client, visit_of: VisitOf, content: bytes
) -> None:
    customer = visit_of(Customer.objects.create(email="john@example.com"))
    places = [(super_admin, "/admin/licenses"), (customer, "/customer/dashboard")]
    places += [(Client(), page) for page in ("/", "/admin/sign-in", "/admin/forgot", "/customer/login")]
    assert [_logo_in(*place) for place in places] == [""] * 6
    assert super_admin.post("/admin/settings/general/save", _logo(content)).status_code == 302
    logo = f"/logo/{preferences.text('general.logo')}"
    assert [_logo_in(*place) for place in places] == [logo] * 6
    assert f'src="{logo}"' in super_admin.get("/admin/settings/general").content.decode()
    shown = Client().get(logo)
    assert shown["Content-Type"].startswith("image/")
    assert "sandbox" in shown["Content-Security-Policy"]
    assert "immutable" in shown["Cache-Control"]


@pytest.mark.spec("SET-10")
@pytest.mark.parametrize(
    ("content", "text"),
    [
        (picture("GIF", (200, 50)), "Choose a PNG, JPEG or SVG image."),
        (b"", "Choose a PNG, JPEG or SVG image."),
        (picture(size=(900, 50)), "Choose one of at most 800 × 200."),
        (picture() + b"\0" * 2 * 1024 * 1024, "Choose an image of at most 2 MB."),
    ],
)
def test_a_wrong_logo_is_refused_and_the_old_one_stays(super_admin: Client, content: bytes, text: str) -> None:
    super_admin.post("/admin/settings/general/save", _logo(picture(size=(200, 50))))
    before = preferences.text("general.logo")
    answer = super_admin.post("/admin/settings/general/save", _logo(content, **{"general-app_name": "Acme"}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(rf'id="id_general-logo-error">.*?{re.escape(text)}', page, re.DOTALL)
    assert 'value="Acme"' in page
    assert preferences.text("general.logo") == before
    assert preferences.text("general.app_name") == "Keyturn"


@pytest.mark.spec("SET-10", "SET-03")
def test_a_logo_stays_until_it_is_replaced_or_removed(super_admin: Client) -> None:
    super_admin.post("/admin/settings/general/save", _logo(picture(size=(200, 50))))
    first = preferences.text("general.logo")
    super_admin.post("/admin/settings/general/save", _form("general", general__support_email="help@example.com"))
    assert preferences.text("general.logo") == first
    super_admin.post("/admin/settings/general/save", _logo(picture(size=(200, 50), colour="red")))
    second = preferences.text("general.logo")
    assert AuditEvent.objects.latest("pk").changes == {"general.logo": [first, second]}
    removal = _form("general", general__support_email="help@example.com") | {"general-logo-remove": "on"}
    super_admin.post("/admin/settings/general/save", removal)
    assert preferences.text("general.logo") == ""
    assert _logo_in(Client(), "/admin/sign-in") == ""
    assert Client().get(f"/logo/{first}").status_code == 200, "mails that were sent show it still"
    assert Client().get("/logo/0123456789abcdef-1x1.png").status_code == 404


@pytest.mark.spec("SET-10")
def test_mails_carry_the_logo_or_the_name(super_admin: Client) -> None:
    def mail() -> str:
        return render(Source("Hello", "Hello"), {}, brand()).html

    assert ">Keyturn</td>" in mail()
    super_admin.post("/admin/settings/general/save", _logo(picture(size=(200, 50))))
    address = f"http://127.0.0.1:8000/logo/{preferences.text('general.logo')}"
    before = mail()
    assert f'<img src="{address}" alt="Keyturn"' in before
    super_admin.post("/admin/settings/general/save", _logo(drawing(), "logo.svg"))
    assert ">Keyturn</td>" in mail()
    assert Client().get(address).status_code == 200


@pytest.mark.spec("SET-41")
def test_the_logo_comes_from_the_public_url(super_admin: Client, visit_of: VisitOf) -> None:
    super_admin.post("/admin/settings/general/save", _logo(picture(size=(200, 50))))
    customer = visit_of(Customer.objects.create(email="john@example.com"))
    places = [(super_admin, "/admin/licenses"), (customer, "/customer/dashboard"), (Client(), "/admin/sign-in")]
    own = {client.get(page)["Content-Security-Policy"] for client, page in places}
    assert own == {ContentSecurityPolicy.POLICY}
    posted = _form("storage", storage__public_url="https://cdn.example.com:8443/keyturn/")
    assert super_admin.post("/admin/settings/storage/save", posted).status_code == 302
    logo = f"https://cdn.example.com:8443/keyturn/logo/{preferences.text('general.logo')}"
    assert [_logo_in(*place) for place in places] == [logo] * 3
    allowed = {client.get(page)["Content-Security-Policy"] for client, page in places}
    assert allowed == {ContentSecurityPolicy.POLICY.replace(" data:", " https://cdn.example.com:8443 data:")}
    assert f'<img src="{logo}" alt="Keyturn"' in render(Source("Hello", "Hello"), {}, brand()).html
    typed = {"name": "News", "slug": "news", "subject": "Hello", "body": "Hello", "format": "markdown"}
    preview = super_admin.post("/admin/email-templates/preview", typed)
    assert "img-src 'self' data: https://cdn.example.com:8443;" in preview["Content-Security-Policy"]
    # What shows no logo from there allows nothing.
    removal = _form("general", general__support_email="help@example.com") | {"general-logo-remove": "on"}
    super_admin.post("/admin/settings/general/save", removal)
    assert super_admin.get("/admin/licenses")["Content-Security-Policy"] == ContentSecurityPolicy.POLICY


@pytest.mark.spec("SET-41")
@pytest.mark.parametrize(
    "address",
    [
        "http://cdn.example.com",
        "ftp://cdn.example.com",
        "https://cdn.example.com/?a=1",
        "https://cdn.example.com;script-src",
        "https://cdn.example.com,b",
        "https://münchen.example",
        "https://user@cdn.example.com",
        "//cdn.example.com",
    ],
)
def test_a_public_url_is_an_https_address(address: str) -> None:
    with pytest.raises(Invalid):
        preferences.set_value("storage.public_url", address)
    for good in ("https://cdn.example.com", "http://127.0.0.1:9000", "http://localhost:9000/x", ""):
        preferences.set_value("storage.public_url", good)


@pytest.mark.spec("SET-22", "SET-06")
def test_cached_results_are_cleared_from_the_license_tab(super_admin: Client, client_of: ClientOf) -> None:
    assert "Clear cache" in super_admin.get("/admin/settings/license").content.decode()
    preferences.set_value("licenses.cache_minutes", 5)
    (before,) = Revision.objects.values_list("number")
    assert client_of("viewer").post("/admin/settings/license/clear").status_code == 403
    answer = super_admin.post("/admin/settings/license/clear", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert "Cache cleared" in answer.headers["HX-Trigger"]
    assert Revision.objects.get().number == before[0] + 1
    assert AuditEvent.objects.get(action="settings.cache_cleared").actor_kind == "admin"


@pytest.mark.spec("SET-21")
def test_verification_that_is_off_warns_every_admin_on_every_page(
    super_admin: Client, client_of: ClientOf, visit_of: VisitOf
) -> None:
    warning = "License verification is not required"
    on = _form("license", licenses__grace_days="0")
    assert super_admin.post("/admin/settings/license/save", on).status_code == 302
    assert warning not in super_admin.get("/admin/licenses").content.decode()
    off = {name: value for name, value in on.items() if name != "licenses-full_verification"}
    super_admin.post("/admin/settings/license/save", off)
    for client in (super_admin, client_of("viewer")):
        assert all(warning in client.get(page).content.decode() for page in ("/admin/licenses", "/admin/profile"))
    assert "/admin/settings/license" not in client_of("viewer").get("/admin/licenses").content.decode()
    customer = visit_of(Customer.objects.create(email="john@example.com"))
    assert warning not in customer.get("/customer/dashboard").content.decode()


@pytest.mark.spec("SET-02", "SET-03", "LOG-13")
def test_blocked_callers_are_lists_of_lines(super_admin: Client, settings: Any) -> None:
    page = super_admin.get("/admin/settings/security").content.decode()
    assert "Blocked Countries has no effect." in page
    posted = _form("security")
    posted |= {"api-blocked_countries": "br\r\nde", "api-blocked_programs": "curl/\r\nsqlmap"}
    refused = super_admin.post("/admin/settings/security/save", {**posted, "api-blocked_programs": "curl/\r\na"})
    assert refused.status_code == 422
    assert "Each line needs at least 3 letters or digits." in refused.content.decode()
    assert super_admin.post("/admin/settings/security/save", posted).status_code == 302
    assert preferences.text("api.blocked_countries") == "BR, DE"
    event = AuditEvent.objects.get(action="settings.changed")
    assert event.changes["api.blocked_programs"] == ["", "curl/\nsqlmap"]
    page = super_admin.get("/admin/settings/security").content.decode()
    assert "curl/\nsqlmap</textarea>" in page
