"""Mails that an admin writes to one customer, from a template or from nothing."""

import html
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.errors import Invalid
from keyturn.core.text import clean_line
from keyturn.platform.audit import services as audit
from keyturn.platform.mail import editing, placeholders, rendering, services, transports
from keyturn.platform.mail.branding import brand
from keyturn.platform.mail.drafts import BODY_LENGTH, Draft
from keyturn.platform.mail.models import EmailTemplate
from keyturn.platform.mail.rendering import Source, readable
from keyturn.platform.mail.templates import built_in
from keyturn.platform.preferences import services as preferences

SLUG = "composed"
_CATEGORIES = ("Licenses",)


def templates() -> list[Draft]:
    """What a letter may start from: enabled templates of the vendor's own, and those about licenses."""
    known = built_in()
    found = {slug: editing.draft_of(one) for slug, one in known.items()}
    found |= {row.slug: editing.draft_of(row) for row in EmailTemplate.objects.all()}
    offered = [one for one in found.values() if one.slug not in known or known[one.slug].category in _CATEGORIES]
    return sorted((one for one in offered if one.enabled), key=lambda one: (one.category, one.name))


def start(template: Draft, values: Mapping[str, object]) -> Source:
    """The text of a template for one customer, to be changed before it is sent.

    A variable without a value stays in sight, and `send` refuses it: the admin writes what belongs there.
    """
    plain = {name: text for name, value in {**brand(), **values}.items() if (text := readable(value))}
    safe = {name: html.escape(value) for name, value in plain.items()}
    body = _filled(template.body, safe if template.format == rendering.HTML else plain)
    return Source(clean_line(_filled(template.subject, plain)), body, template.format)


@transaction.atomic
def send(actor: Actor, *, to: str, customer: UUID, subject: str, body: str, format: str) -> bool:
    """Send a letter as it stands; whether mail is set up, else it is kept. Raises Invalid."""
    require(actor, Permission.MANAGE_CUSTOMERS)
    errors: dict[str, list[str]] = {}
    if not 1 <= len(clean_line(subject)) <= rendering.SUBJECT_LENGTH:
        errors["subject"] = [f"Enter a subject of at most {rendering.SUBJECT_LENGTH} characters."]
    if not body.strip() or len(body) > BODY_LENGTH:
        errors["body"] = ["Enter the message."]
    for name, text in (("subject", subject), ("body", body)):
        if problems := placeholders.problems(text, set()):
            errors.setdefault(name, []).append(f"{problems[0]} Enter the value itself.")
    if errors:
        raise Invalid(errors)
    settings = preferences.values()
    ready = transports.ready(settings)
    chosen = rendering.HTML if format == rendering.HTML else rendering.MARKDOWN
    mail = rendering.render(Source(subject, body.replace("\r\n", "\n"), chosen), {}, brand(settings))
    services.write(SLUG, to, mail, customer=customer, ready=ready)
    audit.record(actor, audit.Entry("mail.composed", ("customer", customer), customer=customer))
    return ready


def _filled(text: str, values: Mapping[str, str]) -> str:
    return placeholders.fill(text, lambda name: values.get(name, f"{{{{{name}}}}}"))
