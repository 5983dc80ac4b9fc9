"""Settings: typed, validated as a tab, audited without secrets, in force at once."""

from pathlib import Path
from typing import Any

import pytest

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core.errors import Invalid, NotPermitted
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.preferences import addresses, manual, services
from keyturn.platform.preferences.models import Preference, Revision
from keyturn.platform.preferences.registry import SETTINGS, TABS, of_tab
from tests.conftest import ActorFor

pytestmark = pytest.mark.django_db


def _tab(tab: str, **changes: object) -> dict[str, object]:
    return {**{one.name: one.default for one in of_tab(tab)}, **{k.replace("__", "."): v for k, v in changes.items()}}


def test_every_default_is_allowed_or_must_be_chosen() -> None:
    for one in SETTINGS.values():
        if one.required and not one.default:
            with pytest.raises(ValueError, match="required"):
                one.clean("")
        else:
            assert one.clean(one.default) == one.default


def test_every_setting_stands_on_a_tab_with_a_label() -> None:
    tabs = {tab.name for tab in TABS}
    for one in SETTINGS.values():
        if one.name == "general.local_url":
            continue  # What the server says of itself.
        assert one.tab in tabs, one.name
        assert one.label
        assert one.section


@pytest.mark.spec("SET-02")
def test_one_wrong_value_saves_nothing(owner: Actor) -> None:
    with pytest.raises(Invalid) as refusal:
        services.save(owner, "security", _tab("security", signin__attempts="0", admins__idle_minutes="10"))
    assert list(refusal.value.errors) == ["signin.attempts"]
    assert not Preference.objects.exists()


@pytest.mark.spec("SET-02")
def test_a_change_is_in_force_at_once_and_tells_the_caches(owner: Actor) -> None:
    services.save(owner, "security", _tab("security", signin__attempts=" 7 "))
    assert services.get("signin.attempts") == 7
    assert services.read()["signin.attempts"] == 7
    assert Revision.objects.get(topic="preferences").number == 1
    assert services.save(owner, "security", _tab("security", signin__attempts="7")) == []
    assert Revision.objects.get(topic="preferences").number == 1


@pytest.mark.spec("SET-03", "SET-04")
def test_secrets_are_sealed_and_audited_as_changed(owner: Actor) -> None:
    values = _tab("email", mail__sender_email="shop@example.com", mail__password="hunter2 ")
    services.save(owner, "email", values)
    assert services.text("mail.password") == "hunter2 "
    assert "hunter2" not in str(list(Preference.objects.values()))
    event = AuditEvent.objects.get(action="settings.changed")
    assert event.changes == {"mail.password": "changed", "mail.sender_email": ["", "shop@example.com"]}
    services.save(owner, "email", {**values, "mail.password": ""})
    assert services.text("mail.password") == "hunter2 "
    assert AuditEvent.objects.filter(action="settings.changed").count() == 1


@pytest.mark.spec("SET-06")
def test_who_may_change_which_tab(actor_for: ActorFor) -> None:
    admin = actor_for(Role.ADMIN)
    services.save(admin, "general", _tab("general", general__support_email="help@example.com"))
    with pytest.raises(NotPermitted):
        services.save(admin, "email", _tab("email", mail__sender_email="a@example.com"))
    for role in (Role.OPERATOR, Role.VIEWER):
        with pytest.raises(NotPermitted):
            services.save(actor_for(role), "general", _tab("general"))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("general.app_name", ""),
        ("general.app_name", "x" * 65),
        ("general.support_email", "nobody"),
        ("general.support_url", "javascript:alert(1)"),
        ("general.support_url", "ftp://example.com"),
        ("general.base_url", "https://example.com/path"),
        ("general.base_url", "https://user@example.com"),
        ("general.base_url", "http://[::1"),
        ("mail.host", "smtp example"),
        ("mail.host", "-oProxyCommand=x"),
        ("mail.port", "0"),
        ("mail.port", "65536"),
        ("mail.port", "²"),
        ("mail.port", "9" * 30),
        ("mail.password", "a\nb"),
        ("mail.driver", "pigeon"),
        ("mail.encryption", ""),
    ],
)
def test_what_makes_no_sense_is_refused(name: str, wrong: str) -> None:
    with pytest.raises(Invalid):
        services.set_value(name, wrong)


def test_links_start_with_the_public_address() -> None:
    assert addresses.public_url("/customer") == "http://127.0.0.1:8000/customer"
    assert addresses.is_guessed()
    services.set_value("general.base_url", "https://licenses.example.com/")
    assert addresses.public_url("/customer") == "https://licenses.example.com/customer"


def test_a_worker_started_apart_learns_where_the_web_server_listens(settings: Any) -> None:
    settings.LOCAL_URL = "http://127.0.0.1:9000"
    addresses.remember_listening()
    settings.LOCAL_URL = ""
    assert addresses.public_url("/customer") == "http://127.0.0.1:9000/customer"
    assert addresses.base_url(services.values()) == "http://127.0.0.1:9000"
    addresses.remember_listening()
    assert addresses.base_url() == "http://127.0.0.1:9000"


@pytest.mark.spec("SET-02")
def test_the_reference_of_all_settings_is_current() -> None:
    written = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")
    assert written == manual.markdown(), "keyturn settings-reference > docs/settings.md"
    assert all(f"`{one.name}`" in written for one in SETTINGS.values() if one.tab)


def test_what_is_unavailable_stays_at_its_default(owner: Actor) -> None:
    services.save(owner, "license", _tab("license", licenses__auto_renewal="on"))
    assert not services.flag("licenses.auto_renewal")
