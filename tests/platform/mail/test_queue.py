"""Queueing mail: one per event, sealed, forgettable."""

import logging
from uuid import uuid4

import pytest
from django.db import connection

from keyturn.core.errors import Invalid
from keyturn.platform.audit.models import DataKey
from keyturn.platform.jobs.models import Job
from keyturn.platform.mail import sealing, services
from keyturn.platform.mail.models import Message
from keyturn.platform.mail.templates import built_in

pytestmark = pytest.mark.django_db
LINK = "https://licenses.example.com/customer/enter/s3cr3t-t0ken"


def _magic_link(**more: object) -> Message:
    values: dict[str, object] = {
        "to": "john@example.com",
        "variables": {"customer_name": "John Smith", "action_url": LINK, "expiry_date": "noon", "ip_address": "::1"},
        "customer": uuid4(),
    }
    services.queue("magic-link", **{**values, **more})  # type: ignore[arg-type]
    return Message.objects.latest("id")


@pytest.mark.spec("SET-31")
def test_without_mail_settings_a_mail_is_kept_with_its_link() -> None:
    message = _magic_link()
    assert (message.state, message.template) == ("kept", "magic-link")
    assert not Job.objects.exists()
    content = sealing.read(message)
    assert content.to == "john@example.com"
    assert "Hello John Smith," in content.text
    assert LINK in content.text
    assert f'href="{LINK}"' in content.html


@pytest.mark.spec("JOB-11")
def test_one_event_makes_one_mail() -> None:
    for _ in range(2):
        _magic_link(key="event-1")
    _magic_link(key="event-2")
    _magic_link()
    _magic_link()
    assert Message.objects.count() == 4


@pytest.mark.spec("CUS-43")
def test_nothing_about_a_customer_is_readable_at_rest_and_forgetting_is_final() -> None:
    message = _magic_link(key="link:john@example.com")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM messages")
        at_rest = str(cursor.fetchall())
    for secret in ("john", "John", "t0ken", "::1"):
        assert secret not in at_rest
    assert message.customer
    services.forget(message.customer)
    message.refresh_from_db()
    assert (message.state, message.sealed) == ("failed", "")
    assert sealing.read(message) == sealing.Content()


def test_destroying_the_key_alone_is_enough() -> None:
    message = _magic_link()
    DataKey.objects.all().delete()
    assert sealing.read(message) == sealing.Content()


@pytest.mark.parametrize("address", ["john", "john@example.com\nBcc: eve@example.com", "a@b.c, d@e.f", ""])
def test_a_recipient_must_be_one_address(address: str) -> None:
    with pytest.raises(Invalid):
        _magic_link(to=address)


@pytest.mark.spec("EML-17")
def test_a_missing_name_is_the_local_part() -> None:
    message = _magic_link(variables={"customer_name": "", "action_url": LINK})
    assert "Hello john," in sealing.read(message).text


@pytest.mark.spec("EML-08")
def test_a_missing_value_is_empty_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "keyturn.mail"):
        content = sealing.read(_magic_link(variables={}))
    assert "{" not in content.subject + content.text + content.html
    assert "action_url" in caplog.text


@pytest.mark.parametrize("slug", sorted(built_in()))
def test_every_built_in_template_fills(slug: str) -> None:
    template = built_in()[slug]
    services.queue(slug, to="a@example.com", variables={name: f"<{name}>" for name in template.names})
    content = sealing.read(Message.objects.get())
    assert "{{" not in content.subject + content.text + content.html
    for name in template.variables:
        assert f"<{name}>" not in content.html
