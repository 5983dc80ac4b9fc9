"""Changing templates: what the vendor's mails say."""

from dataclasses import asdict, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.core.errors import Changed, Invalid, Refused
from keyturn.platform.audit import services as audit
from keyturn.platform.mail import drafts
from keyturn.platform.mail.drafts import Checked, Draft
from keyturn.platform.mail.models import EmailTemplate, TemplateVersion
from keyturn.platform.mail.templates import BuiltIn, built_in

_TEXTS = ("subject", "body", "format", "text", "variables")


def is_built_in(template: EmailTemplate) -> bool:
    """Whether the product itself refers to it."""
    return template.slug in built_in()


def may_disable(template: EmailTemplate) -> bool:
    """Whether it can be disabled: mails without which nobody gets in cannot."""
    known = built_in().get(template.slug)
    return known is None or not known.essential


def draft_of(template: EmailTemplate | BuiltIn) -> Draft:
    """A stored or built-in template as its form shows it."""
    return Draft(
        template.name,
        template.slug,
        template.category,
        template.subject,
        template.body,
        getattr(template, "format", "markdown"),
        getattr(template, "text", ""),
        tuple(template.variables),
        getattr(template, "enabled", True),
    )


def create(actor: Actor, draft: Draft) -> tuple[EmailTemplate, list[str]]:
    """A new template, and hints about it. Raises Invalid."""
    require(actor, Permission.MANAGE_TEMPLATES)
    checked = drafts.check(draft)
    template = EmailTemplate(**_columns(checked.draft))
    try:
        with transaction.atomic():
            template.save(force_insert=True)
            _keep_version(template)
            _record(actor, "email_template.created", template, {})
    except IntegrityError as error:
        raise Invalid({"slug": ["Another template has this slug."]}) from error
    return template, checked.hints


def update(actor: Actor, template: EmailTemplate, draft: Draft, *, version: int) -> list[str]:
    """Save a template; hints about it. The slug of a built-in one stays. Raises Invalid and Changed."""
    require(actor, Permission.MANAGE_TEMPLATES)
    if is_built_in(template):
        draft = replace(draft, slug=template.slug, enabled=draft.enabled or not may_disable(template))
    checked: Checked = drafts.check(draft)
    try:
        with transaction.atomic():
            _write(actor, template, checked.draft, version)
    except IntegrityError as error:
        raise Invalid({"slug": ["Another template has this slug."]}) from error
    return checked.hints


def restore_default(actor: Actor, template: EmailTemplate) -> None:
    """Give a built-in template its original text again; whether it is enabled stays."""
    require(actor, Permission.MANAGE_TEMPLATES)
    if not is_built_in(template):
        raise Refused("This template has no default text.")
    default = replace(draft_of(built_in()[template.slug]), enabled=template.enabled)
    with transaction.atomic():
        _write(actor, template, default, template.version)


def restore_version(actor: Actor, template: EmailTemplate, number: int) -> None:
    """Give a template the text that it had in one of its versions."""
    require(actor, Permission.MANAGE_TEMPLATES)
    old = template.versions.filter(number=number).first()
    if old is None:
        raise Refused("This version does not exist.")
    texts = {name: getattr(old, name) for name in _TEXTS}
    with transaction.atomic():
        _write(
            actor,
            template,
            replace(draft_of(template), **{**texts, "variables": tuple(old.variables)}),
            template.version,
        )


def set_enabled(actor: Actor, template: EmailTemplate, *, enabled: bool) -> None:
    """Let a template send, or stop it. Raises Refused for one that must stay on."""
    require(actor, Permission.MANAGE_TEMPLATES)
    if not enabled and not may_disable(template):
        raise Refused("Sign-in and reset mails cannot be disabled.")
    with transaction.atomic():
        if EmailTemplate.objects.filter(pk=template.pk).exclude(enabled=enabled).update(enabled=enabled):
            _record(actor, "email_template.updated", template, {"enabled": [not enabled, enabled]})


def delete(actor: Actor, template: EmailTemplate) -> None:
    """Remove a template of the vendor's own for good."""
    require(actor, Permission.MANAGE_TEMPLATES)
    if is_built_in(template):
        raise Refused("A built-in template cannot be deleted. Disable it, or restore its default text.")
    with transaction.atomic():
        _record(actor, "email_template.deleted", template, {name: [getattr(template, name), None] for name in _TEXTS})
        template.delete()


def seed(actor: Actor) -> int:
    """Create the built-in templates that are missing; how many. Existing ones stay as they are."""
    require(actor, Permission.MANAGE_TEMPLATES)
    known = set(EmailTemplate.objects.values_list("slug", flat=True))
    missing = [one for one in built_in().values() if one.slug not in known]
    with transaction.atomic():
        for one in missing:
            template = EmailTemplate.objects.create(**_columns(draft_of(one)))
            _keep_version(template)
            _record(actor, "email_template.created", template, {})
    return len(missing)


def _columns(draft: Draft) -> dict[str, Any]:
    return {**asdict(draft), "variables": list(draft.variables)}


def _write(actor: Actor, template: EmailTemplate, draft: Draft, version: int) -> None:
    before, columns = draft_of(template), _columns(draft)
    found = EmailTemplate.objects.filter(pk=template.pk, version=version)
    if not found.update(**columns, version=F("version") + 1, updated_at=now()):
        raise Changed
    template.refresh_from_db()
    after = draft_of(template)
    diff = {
        name: [value, asdict(after)[name]] for name, value in asdict(before).items() if value != asdict(after)[name]
    }
    if diff.keys() & set(_TEXTS):
        _keep_version(template)
    _record(actor, "email_template.updated", template, diff)


def _keep_version(template: EmailTemplate) -> None:
    texts = {name: getattr(template, name) for name in _TEXTS}
    TemplateVersion.objects.create(template=template, number=template.version, **texts)


def _record(actor: Actor, action: str, template: EmailTemplate, changes: dict[str, Any]) -> None:
    audit.record(actor, audit.Entry(action, ("email_template", template.uuid), changes, note=template.slug))
