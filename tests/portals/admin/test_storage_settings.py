"""The Storage tab: tried before it is saved, and a driver that changes only on a word."""

from typing import Any

import pytest
from django.test import Client

from keyturn.platform.preferences import services as preferences
from tests.platform.storage_places import SECRET, bucket, form, s3_url
from tests.portals.conftest import ClientOf, admin_of, client_of, super_admin

__all__ = ["admin_of", "bucket", "client_of", "s3_url", "super_admin"]
pytestmark = pytest.mark.django_db
TAB = "/admin/settings/storage"


def _sent(url: str, **changes: str) -> dict[str, str]:
    return {name.replace(".", "-"): value for name, value in form(url).items()} | changes


@pytest.mark.spec("SET-40", "SET-05")
def test_the_connection_is_tried_with_what_the_form_holds(super_admin: Client, bucket: Any, s3_url: str) -> None:
    page = super_admin.post(f"{TAB}/test", _sent(s3_url)).content.decode()
    assert "Storage connection successful" in page
    page = super_admin.post(f"{TAB}/test", _sent(s3_url, **{"storage-bucket": "nowhere"})).content.decode()
    assert "Bucket not found" in page
    page = super_admin.post(f"{TAB}/test", _sent("", **{"storage-bucket": "X"})).content.decode()
    assert "Bucket: Enter 3 to 63" in page
    assert preferences.text("storage.driver") == "local"


@pytest.mark.spec("SET-41")
def test_the_driver_changes_only_on_a_word(super_admin: Client, bucket: Any, s3_url: str) -> None:
    answer = super_admin.post(f"{TAB}/save", _sent(s3_url))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "already are not moved" in page
    assert 'value="keyturn-files"' in page
    assert preferences.text("storage.driver") == "local"
    wrong = super_admin.post(f"{TAB}/save", _sent(s3_url, **{"storage-bucket": ""})).content.decode()
    assert "This is required for the driver." in wrong
    assert "already are not moved" not in wrong, "first what is wrong, then the question"
    assert super_admin.post(f"{TAB}/save", _sent(s3_url, confirm_driver="on")).status_code == 302
    assert preferences.text("storage.driver") == "s3_compatible"
    assert super_admin.post(f"{TAB}/save", _sent(s3_url, **{"storage-region": "eu-west-1"})).status_code == 302


@pytest.mark.spec("SET-04", "SET-05")
def test_the_secret_is_never_shown_and_an_empty_one_means_the_stored(
    super_admin: Client, bucket: Any, s3_url: str
) -> None:
    super_admin.post(f"{TAB}/save", _sent(s3_url, confirm_driver="on"))
    page = super_admin.get(TAB).content.decode()
    assert "Saved. Leave empty to keep it." in page
    assert f'value="{SECRET}"' not in page
    tried = super_admin.post(f"{TAB}/test", _sent(s3_url, **{"storage-secret_key": ""})).content.decode()
    assert "Storage connection successful" in tried


@pytest.mark.spec("SET-06")
def test_an_admin_may_look_and_not_touch(client_of: ClientOf, s3_url: str) -> None:
    admin = client_of("admin")
    page = admin.get(TAB).content.decode()
    assert "Only a Super Admin may change these settings." in page
    assert "Test Connection" not in page
    assert admin.post(f"{TAB}/test", _sent(s3_url)).status_code == 403
    assert admin.post(f"{TAB}/save", _sent(s3_url)).status_code == 403
