"""The template language, checking, versions and defaults."""

import pytest

from keyturn.access.actors import Actor
from keyturn.core.errors import Changed, Invalid, NotPermitted, Refused
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.mail import drafts, editing, placeholders, rendering, sealing, services
from keyturn.platform.mail.drafts import Draft
from keyturn.platform.mail.models import EmailTemplate, Message
from keyturn.platform.mail.rendering import Source
from keyturn.platform.mail.templates import built_in

pytestmark = pytest.mark.django_db
NOTE = Draft("Note", "note", "Own", "For {{customer_name}}", "Hello {{ customer_name }}")


def _render(body: str, format: str = "markdown", **values: object) -> rendering.Mail:
    return rendering.render(Source("S {{a}}", body, format), values, {"app_name": "Acme"})


@pytest.mark.spec("EML-06", "EML-07")
@pytest.mark.parametrize("format", ["markdown", "html"])
def test_values_are_text_and_nothing_else(format: str) -> None:
    evil = "<img src=x onerror=alert(1)> **bold** [x](javascript:alert(1)) {{b}} {% debug %} `c`\n# H"
    mail = _render("A: {{a}}", format, a=evil, b="B")
    assert "<img" not in mail.html
    assert "&lt;img src=x" in mail.html
    assert "<strong>" not in mail.html
    assert "<h1>" not in mail.html
    assert "{{b}}" in mail.html
    assert evil in mail.text
    assert "\n" not in mail.subject


@pytest.mark.spec("EML-07")
def test_a_value_cannot_be_a_dangerous_address() -> None:
    for format, body in (("markdown", "[x]({{a}})"), ("html", '<a href="{{a}}">x</a>')):
        for address in ("javascript:alert(1)", "data:text/html,x", '" onclick="alert(1)', "vbscript:x"):
            html = _render(body, format, a=address).html
            assert "onclick=" not in html.replace("&quot; onclick=&quot;", "")
            assert f'href="{address.split(":")[0]}:' not in html
        assert 'href="https://example.com/?a=1&amp;b=2"' in _render(body, format, a="https://example.com/?a=1&b=2").html


@pytest.mark.spec("EML-08")
def test_nobody_sees_braces() -> None:
    mail = _render("{{a}} {{ missing }} {{ broken", a="A")
    for part in (mail.subject, mail.html, mail.text):
        assert "{{" not in part


@pytest.mark.spec("EML-06")
def test_problems_name_their_place() -> None:
    text = "Hello {{name}},\n\n  {{ nmae }} and {{ open\n{{1}} }}"
    found = [str(one) for one in placeholders.problems(text, {"name"})]
    assert found[0] == "Line 3, column 3: {{nmae}} is not one of the variables of this template."
    assert found[1].startswith("Line 3, column 18: {{ is not closed")
    assert found[2] == "Line 4, column 1: “1” is no name. Use letters, digits and underscores, a letter first."
    assert [one.split(":")[0] for one in found[3:]] == ["Line 4, column 7"]


def test_the_text_part_comes_from_the_body() -> None:
    mail = _render("# Title\n\n**Bold** `code` [Sign in]({{a}})", a="https://example.com/x_y_z")
    assert mail.text == "Title\n\nBold code Sign in:\nhttps://example.com/x_y_z\n"
    html = _render('<p>One</p><p><a href="{{a}}">Go</a> &amp; <b>on</b></p>', "html", a="https://e.com/").text
    assert html == "One\nGo: https://e.com/ & on\n"


@pytest.mark.spec("EML-04")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("slug", "Upper"),
        ("slug", "a--b"),
        ("slug", "a" * 101),
        ("category", ""),
        ("subject", "x" * 256),
        ("body", "  "),
        ("format", "php"),
        ("variables", ("1x",)),
        ("subject", "{{nope}}"),
        ("text", "{{nope}}"),
    ],
)
def test_a_bad_template_is_refused_at_its_field(owner: Actor, field: str, value: object) -> None:
    values = {name: getattr(NOTE, name) for name in NOTE.__slots__}
    with pytest.raises(Invalid) as refusal:
        editing.create(owner, Draft(**{**values, field: value}))
    assert list(refusal.value.errors) == [field]


@pytest.mark.spec("EML-09")
def test_dangerous_markup_is_removed_and_said() -> None:
    body = '<p onclick="x()">Hi <a href="{{action_url}}">x</a></p><script>alert(1)</script><iframe src="/"></iframe>'
    checked = drafts.check(Draft("N", "n", "C", "S", body, "html", variables=("action_url", "unused")))
    assert checked.draft.body.strip() == '<p>Hi <a href="{{action_url}}">x</a></p>'
    assert checked.hints == [
        "Declared but not used: unused.",
        "Scripts, frames, forms and event handlers were removed.",
    ]


@pytest.mark.spec("EML-09")
def test_markup_in_markdown_is_text_and_said() -> None:
    checked = drafts.check(Draft("N", "n", "C", "S", "Hi <b onclick=x>you</b>", "markdown"))
    assert checked.hints == ["HTML shows as text in Markdown. Choose HTML as the body format to use it."]
    assert "&lt;b onclick" in rendering.render(Source("S", checked.draft.body), {}, {}).html
    assert drafts.check(Draft("N", "n", "C", "S", "1 < 2 and 3 > 2", "markdown")).hints == []


@pytest.mark.spec("EML-12")
def test_seeding_creates_what_is_missing_and_changes_nothing_else(owner: Actor) -> None:
    assert editing.seed(owner) == len(built_in())
    template = EmailTemplate.objects.get(slug="magic-link")
    editing.update(owner, template, Draft("Mine", "magic-link", "X", "S", "B"), version=1)
    EmailTemplate.objects.get(slug="license-issued").delete()
    assert editing.seed(owner) == 1
    assert editing.seed(owner) == 0
    assert EmailTemplate.objects.get(slug="magic-link").body == "B\n"


@pytest.mark.spec("EML-04")
def test_every_built_in_template_passes_its_own_check() -> None:
    for one in built_in().values():
        assert drafts.check(editing.draft_of(one)).draft.slug == one.slug


@pytest.mark.spec("EML-05", "EML-16")
def test_versions_and_defaults(owner: Actor) -> None:
    editing.seed(owner)
    template = EmailTemplate.objects.get(slug="magic-link")
    original = template.body
    renamed = Draft("Name", "other-slug", "Identity", "New {{app_name}}", "New text", enabled=False)
    editing.update(owner, template, renamed, version=1)
    template.refresh_from_db()
    assert (template.slug, template.enabled, template.body) == ("magic-link", True, "New text\n")
    with pytest.raises(Changed):
        editing.update(owner, template, renamed, version=1)
    event = AuditEvent.objects.filter(action="email_template.updated").latest("id")
    assert event.changes["body"] == [original, "New text\n"]
    editing.restore_version(owner, template, 1)
    assert EmailTemplate.objects.get(pk=template.pk).body == original
    editing.update(owner, template, renamed, version=template.version)
    editing.restore_default(owner, template)
    assert EmailTemplate.objects.get(pk=template.pk).body == built_in()["magic-link"].body
    assert list(template.versions.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4, 5]
    with pytest.raises(Refused):
        editing.delete(owner, template)


@pytest.mark.spec("EML-14")
def test_a_disabled_template_sends_nothing_and_breaks_nothing(owner: Actor, caplog: pytest.LogCaptureFixture) -> None:
    editing.seed(owner)
    issued, link = (EmailTemplate.objects.get(slug=slug) for slug in ("license-issued", "magic-link"))
    editing.set_enabled(owner, issued, enabled=False)
    with pytest.raises(Refused):
        editing.set_enabled(owner, link, enabled=False)
    with caplog.at_level("INFO", "keyturn.mail"):
        services.queue("license-issued", to="a@example.com", variables={})
    assert not Message.objects.exists()
    assert "license-issued is disabled" in caplog.text


def test_the_vendors_text_is_what_is_sent(owner: Actor) -> None:
    editing.create(owner, NOTE)
    services.queue("note", to="john@example.com", variables={"customer_name": "John"})
    assert sealing.read(Message.objects.get()).subject == "For John"
    with pytest.raises(KeyError):
        services.queue("nothing", to="john@example.com", variables={})
    with pytest.raises(Invalid):
        editing.create(owner, NOTE)


def test_a_viewer_changes_nothing(owner: Actor, viewer: Actor) -> None:
    template, _ = editing.create(owner, NOTE)
    with pytest.raises(NotPermitted):
        editing.update(viewer, template, NOTE, version=1)
    with pytest.raises(NotPermitted):
        editing.seed(viewer)


def test_staging_and_development_say_so_in_the_subject() -> None:
    services.queue("license-issued", to="a@example.com", variables={"product_name": "Pro", "environment": "staging"})
    assert sealing.read(Message.objects.get()).subject == "[Staging] Your Pro license"
