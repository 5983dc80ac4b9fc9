"""Fields, toasts, times and error pages."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django_cotton import render_component

from keyturn.core import clock
from keyturn.core.errors import Invalid
from keyturn.portals.ui import errors, fields, palette, times, toasts
from keyturn.portals.ui.showcase.forms import SpecimenForm

NOW = datetime(2026, 1, 28, 15, 32, 4, tzinfo=UTC)


def rendered(component: str, **attributes: object) -> str:
    return str(render_component(RequestFactory().get("/"), component, **attributes))


def test_a_refused_form_names_its_fields() -> None:
    form = SpecimenForm({"email": "x", "limit": "5", "kind": "uuid"})
    fields.add_errors(form, Invalid({"limit": ["Too many."], "unknown": ["Not today."]}))
    links = fields.error_links(form)
    assert [link["label"] for link in links] == ["Not today.", "Assign To", "Activation Limit"]
    assert [link["id"] for link in links] == ["", "id_email", "id_limit"]


def test_a_field_ties_control_help_and_error_together() -> None:
    form = SpecimenForm({"email": "<b>", "limit": "5", "kind": "uuid"})
    html = rendered("field", field=form["email"])
    assert 'for="id_email"' in html
    assert 'aria-describedby="id_email-error id_email-help"' in html
    assert html.count('aria-invalid="true"') == 1
    assert 'id="id_email-error"' in html
    assert 'id="id_email-help"' in html
    assert 'value="&lt;b&gt;"' in html


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(seconds=2), "just now"),
        (timedelta(seconds=20), "in less than a minute"),
        (timedelta(minutes=-5), "5 minutes ago"),
        (timedelta(hours=-1), "1 hour ago"),
        (timedelta(days=-45), "45 days ago"),
        (timedelta(days=21), "in 21 days"),
    ],
)
def test_liveness_is_told_in_words(distance: timedelta, words: str) -> None:
    with clock.fixed(NOW):
        assert words in rendered("time", at=NOW + distance, ago="1")


@pytest.mark.spec("CUS-01")
def test_history_is_told_in_dates() -> None:
    assert times.short_date(NOW) == "Jan 28, 2026"
    html = rendered("time", at=NOW)
    assert 'title="Jan 28, 2026, 15:32:04 UTC"' in html
    assert 'datetime="2026-01-28T15:32:04+00:00"' in html


@pytest.mark.usefixtures("with_showcase")
def test_a_message_becomes_a_toast(client: Client) -> None:
    def later(request: HttpRequest) -> HttpResponse:
        toasts.notify(request, "2 licenses <assigned>", detail="They have 5.", href="/admin/licenses")
        return HttpResponse()

    request = RequestFactory().get("/")
    response = HttpResponse()
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    later(request)
    request._messages.update(response)  # type: ignore[attr-defined]
    client.cookies = response.cookies
    html = client.get(reverse("ui:components")).content.decode()
    assert "<h2>2 licenses &lt;assigned&gt;</h2><p>They have 5.</p>" in html
    assert 'data-toast-action href="/admin/licenses"' in html


@pytest.mark.spec("SRC-12")
@pytest.mark.parametrize(
    ("text", "term", "html"),
    [
        ("Acme <b>", "acme", "<mark>Acme</mark> &lt;b&gt;"),
        ("a.c", ".", "a<mark>.</mark>c"),
        ("<x>", "<", "<mark>&lt;</mark>x&gt;"),
        ("plain", "", "plain"),
    ],
)
def test_matches_are_marked_and_escaped(text: str, term: str, html: str) -> None:
    assert palette.highlight(text, term) == html


def test_a_toast_for_htmx_travels_in_a_header() -> None:
    response = toasts.toast(HttpResponse(), "Saved", href="/x")
    assert '"text": "Saved"' in response["HX-Trigger"]


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (errors.bad_request, 400, "not understood"),
        (errors.permission_denied, 403, "Not allowed"),
        (errors.csrf_failure, 403, "has expired"),
        (errors.page_not_found, 404, "fits no door"),
        (errors.server_error, 500, "That did not work"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/admin/licenses", "/customer/licenses", "/administrator"])
def test_error_pages_need_no_database(answer: object, code: int, words: str, path: str) -> None:
    assert callable(answer)
    request = RequestFactory().get(path)
    response = answer(request) if code == 500 or answer is errors.csrf_failure else answer(request, PermissionDenied())
    assert response.status_code == code
    assert words in response.content.decode()


@pytest.mark.usefixtures("with_showcase")
def test_the_product_answers_with_its_own_pages(client: Client) -> None:
    client.raise_request_exception = False
    assert "fits no door" in client.get("/admin/nowhere").content.decode()
    strict = Client(enforce_csrf_checks=True)
    refused = strict.post(reverse("ui:key"))
    assert refused.status_code == 403
    assert "has expired" in refused.content.decode()


@pytest.mark.usefixtures("with_showcase")
def test_nothing_inline_that_the_policy_would_refuse(client: Client) -> None:
    html = client.get(reverse("ui:components")).content.decode()
    for refused in (" style=", " onclick=", " hx-on", "<style", "javascript:"):
        assert refused not in html
    assert html.count("<script ") == html.count("<script src=")
