"""Trying mail settings and templates before anybody depends on them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.core.errors import Refused
from keyturn.core.ids import text7
from keyturn.core.text import clean_email
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.mail import drafts, rendering, transports
from keyturn.platform.mail.branding import brand
from keyturn.platform.mail.drafts import Draft
from keyturn.platform.mail.outcomes import Undelivered
from keyturn.platform.mail.rendering import Source
from keyturn.platform.preferences import services as preferences
from keyturn.platform.preferences.kinds import Choice
from keyturn.platform.preferences.registry import SETTINGS
from keyturn.platform.preferences.rules import missing_for_mail

TESTS_PER_HOUR = 10
_BODY = """This is a test of the mail settings.

Driver: {{driver}}

Host: {{host}}

Port: {{port}}

Encryption: {{encryption}}

Sent: {{time}}
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a test mail; no `problem` means that the server took it. `outcome` names it."""

    to: str
    outcome: str = "accepted"
    problem: str = ""


def send_test(actor: Actor, raw: Mapping[str, Any], *, to: str) -> Result:
    """Send a test mail with the settings `raw` of the Email tab, stored secrets filling empty ones.

    Nothing is saved. Raises Invalid when a setting or the recipient makes no sense.
    """
    require(actor, Permission.MANAGE_CRITICAL_SETTINGS)
    settings = {**preferences.values(), **preferences.check("email", raw)}
    address = clean_email(to, "to")
    try:
        transports.send(settings, transports.Outgoing(address, _mail(settings), text7()))
    except Undelivered as problem:
        result = Result(address, problem.outcome, problem.message)
    else:
        result = Result(address)
    changes = {"driver": settings["mail.driver"], "outcome": str(result.outcome)}
    audit.record(actor, audit.Entry("settings.mail_tested", ("settings", uuid5(NAMESPACE_URL, "email")), changes))
    return result


def _mail(settings: Mapping[str, Any]) -> rendering.Mail:
    name, smtp = settings["general.app_name"], settings["mail.driver"] == "smtp"
    values = {
        "driver": _label("mail.driver", settings),
        "host": settings["mail.host"] if smtp else "–",
        "port": settings["mail.port"] if smtp else "–",
        "encryption": _label("mail.encryption", settings) if smtp else "–",
        "time": now(),
    }
    look = {"app_name": name, "support_email": settings["general.support_email"]}
    return rendering.render(Source("Test Email from {{name}}", _BODY), {**values, "name": name}, look)


def _label(name: str, settings: Mapping[str, Any]) -> str:
    choice = SETTINGS[name]
    assert isinstance(choice, Choice)
    return dict(choice.options)[settings[name]]


def send_template(actor: Actor, draft: Draft, uuid: UUID, *, to: str) -> Result:
    """Send a template to `to` at once, filled with sample data. Raises Invalid and Refused.

    At most ten an hour for one admin; it counts as no sent mail.
    """
    require(actor, Permission.MANAGE_TEMPLATES)
    address = clean_email(to, "to")
    settings = preferences.values()
    if missing_for_mail(settings):
        raise Refused("Mail is not set up. A Super Admin can do that on the Email tab of the settings.")
    tests = AuditEvent.objects.filter(action="email_template.tested", actor_id=actor.id)
    if tests.filter(at__gt=now() - timedelta(hours=1)).count() >= TESTS_PER_HOUR:
        raise Refused(f"At most {TESTS_PER_HOUR} test mails an hour. Try again later.")
    mail = preview(draft)
    mail = replace(mail, subject=f"[TEST] {mail.subject}"[: rendering.SUBJECT_LENGTH])
    try:
        transports.send(settings, transports.Outgoing(address, mail, text7()))
    except Undelivered as problem:
        result = Result(address, problem.outcome, problem.message)
    else:
        result = Result(address)
    changes = {"outcome": str(result.outcome)}
    audit.record(actor, audit.Entry("email_template.tested", ("email_template", uuid), changes, note=draft.slug))
    return result


def preview(draft: Draft) -> rendering.Mail:
    """A draft filled with sample data, under the vendor's real name."""
    look = {name: value for name, value in brand().items() if value}
    source = Source(draft.subject, draft.body, draft.format, draft.text)
    return rendering.render(source, {**drafts.sample(draft.variables), **look}, look)
