"""The e-mail templates: their list, their form with its preview, tests and defaults."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid, Refused
from keyturn.platform.mail import editing, trial
from keyturn.platform.mail.drafts import Draft
from keyturn.platform.mail.models import EmailTemplate
from keyturn.platform.mail.templates import COMMON, built_in
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.email_template_list import EMAIL_TEMPLATES, template_source
from keyturn.portals.admin.forms.email_templates import TemplateForm
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.admin.template_preview import preview_page
from keyturn.portals.ui import responses
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.toasts import notify

SECTION = "Email Templates"
manage = Permission.MANAGE_TEMPLATES


@page(manage)
def templates(request: AdminRequest) -> HttpResponse:
    """Every template."""
    known = built_in()
    essential = {slug for slug, one in known.items() if one.essential}
    context = {"section": SECTION, "built_in": known, "essential": essential}
    return EMAIL_TEMPLATES.respond(request, template_source(), context)


@page(manage, "POST")
def seed(request: AdminRequest) -> HttpResponse:
    """Create the built-in templates that are missing."""
    count = editing.seed(request.actor)
    made = f"{count} template{'' if count == 1 else 's'} created" if count else "Nothing was missing"
    notify(request, made)
    return redirect("admin:email_templates")


@page(manage, "GET", "POST")
def create(request: AdminRequest) -> HttpResponse:
    """A template of the vendor's own, for the composer."""
    posted = request.method == "POST"
    start = TemplateForm.start(Draft("", "", "", "", ""), 0)
    form = TemplateForm(request.POST if posted else None, initial=start)
    if posted and form.is_valid():
        try:
            template, hints = editing.create(request.actor, form.draft())
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            notify(request, f"{template.name} created", detail=" ".join(hints))
            return redirect("admin:email_template", template.uuid)
    return _form(request, form, posted=posted)


@page(manage, "GET", "POST")
def edit(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The text of a template."""
    template, posted = get_object_or_404(EmailTemplate, uuid=uuid), request.method == "POST"
    start = TemplateForm.start(editing.draft_of(template), template.version)
    form = TemplateForm(request.POST if posted else None, initial=start)
    if editing.is_built_in(template):
        form.fields["slug"].disabled = True
    if not editing.may_disable(template):
        form.fields["enabled"].disabled = True
        form.fields["enabled"].help_text = "Always: without this mail somebody could not get in."
    if posted and form.is_valid():
        try:
            hints = editing.update(request.actor, template, _typed(form, template), version=_version(form))
        except Invalid as refusal:
            add_errors(form, refusal)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            notify(request, "Template saved", detail=" ".join(hints))
            return redirect("admin:email_template", uuid)
    return _form(request, form, posted=posted, template=template)


@xframe_options_sameorigin
@page(manage, "POST")
def preview(request: AdminRequest) -> HttpResponse:
    """What the form would send, for the frame beside it; nothing is saved (EML-10)."""
    return preview_page(TemplateForm(request.POST).draft())


@xframe_options_sameorigin
@page(manage)
def preview_saved(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """What a template sends."""
    return preview_page(editing.draft_of(get_object_or_404(EmailTemplate, uuid=uuid)))


@page(manage, "GET", "POST")
def test(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Send a template filled with samples (EML-11)."""
    template = get_object_or_404(EmailTemplate, uuid=uuid)
    context: dict[str, Any] = {"template": template, "url": request.path, "to": request.admin.email}
    if request.method != "POST":
        return responses.dialog(request, "admin/email_templates/test.html", context)
    context["to"] = request.POST.get("to", "")
    try:
        result = trial.send_template(request.actor, editing.draft_of(template), template.uuid, to=context["to"])
    except Invalid as refusal:
        context["error"] = refusal.message
    else:
        if not result.problem:
            return responses.done(request, f"Test mail accepted for {result.to}")
        context["problem"] = result.problem
    return responses.dialog(request, "admin/email_templates/test.html", context, refused=True)


@page(manage, "POST")
def enable(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Let a template send, or stop it."""
    template = get_object_or_404(EmailTemplate, uuid=uuid)
    enabled = request.POST.get("enabled") == "1"
    editing.set_enabled(request.actor, template, enabled=enabled)
    return responses.done(request, f"{template.name} {'enabled' if enabled else 'disabled'}")


@page(manage, "GET", "POST")
def restore(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then bring back the default text or an older version."""
    template = get_object_or_404(EmailTemplate, uuid=uuid)
    number = request.POST.get("number", request.GET.get("number", ""))
    if request.method == "POST":
        if number:
            editing.restore_version(request.actor, template, int(number) if number.isdecimal() else 0)
        else:
            editing.restore_default(request.actor, template)
        return responses.done_to(request, reverse("admin:email_template", args=[uuid]), "Text restored")
    context = {"template": template, "url": request.path, "number": number}
    return responses.dialog(request, "admin/email_templates/restore.html", context)


@page(manage, "GET", "POST")
def delete(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Ask, then delete a template of the vendor's own."""
    template = get_object_or_404(EmailTemplate, uuid=uuid)
    if request.method == "POST":
        editing.delete(request.actor, template)
        return responses.done(request, f"{template.name} deleted")
    return responses.dialog(request, "admin/email_templates/delete.html", {"template": template, "url": request.path})


def _typed(form: TemplateForm, template: EmailTemplate) -> Draft:
    draft = form.draft()
    return replace(draft, slug=template.slug) if editing.is_built_in(template) else draft


def _version(form: TemplateForm) -> int:
    return form.cleaned_data.get("version") or 0


def _form(
    request: AdminRequest, form: TemplateForm, *, posted: bool, template: EmailTemplate | None = None
) -> HttpResponse:
    context = {
        "section": SECTION,
        "form": form,
        "template": template,
        "is_built_in": template is not None and editing.is_built_in(template),
        "common": COMMON,
        "categories": EmailTemplate.objects.order_by("category").values_list("category", flat=True).distinct(),
        "versions": template.versions.order_by("-number")[:20] if template else [],
    }
    return render(request, "admin/email_templates/form.html", context, status=422 if posted else 200)
