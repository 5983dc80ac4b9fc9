"""What the menus of rows do: whoever has searched a list still sees what he was looking at."""

from collections.abc import Callable

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.licensing.changelog import services as changelog
from keyturn.licensing.changelog.drafts import Draft
from keyturn.licensing.products import services as products
from keyturn.people.admins.models import Admin
from keyturn.people.apikeys import services as keys
from keyturn.platform.webhooks import services as webhooks

pytestmark = pytest.mark.django_db


def _webhook(owner: Actor, verb: str) -> str:
    found = webhooks.create(
        owner,
        name="Shop",
        url="https://9.9.9.9/",
        environment="production",
        events=["license.created"],
        is_active=verb == "disable",
    )
    return f"webhooks/{found.uuid}/{verb}"


def _key(owner: Actor) -> str:
    key, _ = keys.create(owner, name="Shop", environment="production")
    keys.revoke(owner, key)
    return f"api-keys/{key.uuid}/enable"


def _entry(owner: Actor, verb: str) -> str:
    product = products.create(owner, name="Pro App", changelog_enabled=True)
    entry = changelog.create(owner, product, Draft("1.0.0", "The first one"))
    return f"changelog/{entry.uuid}/{verb}"


def _admin(owner: Actor) -> str:
    tom = Admin.objects.create(email="tom@example.com", name="Tom", role="viewer", is_active=False)
    return f"admins/{tom.uuid}/reactivate"


ACTIONS: dict[str, Callable[[Actor], str]] = {
    "a webhook is turned off": lambda owner: _webhook(owner, "disable"),
    "a webhook is turned on": lambda owner: _webhook(owner, "enable"),
    "an API key is enabled": _key,
    "a changelog entry is published": lambda owner: _entry(owner, "publish"),
    "an admin is let in again": _admin,
}


@pytest.mark.parametrize("name", ACTIONS)
def test_the_list_stays_as_it_was_searched(name: str, super_admin: Client, owner: Actor) -> None:
    action = ACTIONS[name](owner)
    shown = f"/admin/{action.split('/')[0]}?search=o&page=1"
    answer = super_admin.post(f"/admin/{action}", headers={"Referer": f"http://testserver{shown}"})
    assert (answer.status_code, answer["Location"]) == (302, shown)


@pytest.mark.parametrize("elsewhere", ["http://testserver/admin/logs?search=o", "https://evil.example/admin/webhooks"])
def test_from_elsewhere_an_action_leads_to_the_list(elsewhere: str, super_admin: Client, owner: Actor) -> None:
    answer = super_admin.post(f"/admin/{_webhook(owner, 'disable')}", headers={"Referer": elsewhere})
    assert answer["Location"] == "/admin/webhooks"


def test_a_dialog_on_the_list_reads_it_again_in_place(super_admin: Client, owner: Actor) -> None:
    given = {"HX-Request": "true", "HX-Current-URL": "http://testserver/admin/changelog?search=o"}
    answer = super_admin.post(f"/admin/{_entry(owner, 'delete')}", headers=given)
    assert (answer.status_code, "listChanged" in answer["HX-Trigger"]) == (204, True)


def test_a_refusal_leads_back_to_the_list_as_it_was_searched(super_admin: Client, owner: Actor) -> None:
    action = _webhook(owner, "disable").replace("disable", "test")
    super_admin.post(f"/admin/{action.replace('test', 'disable')}")
    shown = "/admin/webhooks?status=inactive"
    assert super_admin.post(f"/admin/{action}", headers={"Referer": f"http://testserver{shown}"})["Location"] == shown
