"""The Outbox: every mail, what it says, and sending it again."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.clickjacking import xframe_options_sameorigin

from keyturn.access.permissions import Permission, may
from keyturn.people.customers.models import Customer
from keyturn.platform.mail import outbox as services
from keyturn.platform.mail import transports
from keyturn.platform.mail.models import Message
from keyturn.platform.preferences.branding import brand
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.outbox_list import OUTBOX, OutboxRow, outbox_source
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui.mailframe import framed
from keyturn.portals.ui.toasts import notify

SECTION = "Outbox"


@page(Permission.MANAGE_TEMPLATES)
def outbox(request: AdminRequest) -> HttpResponse:
    """Every mail, newest first."""
    context = {
        "section": SECTION,
        "mail_ready": transports.ready(),
        "may_set_up": may(request.actor, Permission.MANAGE_CRITICAL_SETTINGS),
    }
    return OUTBOX.respond(request, outbox_source(), context)


@page(Permission.MANAGE_TEMPLATES)
def message(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """One mail as its reader sees it."""
    one = get_object_or_404(Message, uuid=uuid)
    ready = transports.ready()
    context = {
        "section": SECTION,
        "row": OutboxRow(one, services.read(request.actor, one)),
        "customer": Customer.objects.filter(uuid=one.customer).first() if one.customer else None,
        "hidden": services.why_hidden(request.actor, one),
        "may_resend": ready and one.state in services.RESENDABLE,
        "mail_ready": ready,
    }
    return render(request, "admin/outbox/message.html", context)


@xframe_options_sameorigin
@page(Permission.MANAGE_TEMPLATES)
def html(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The HTML part alone, for the frame of the page."""
    content = services.read(request.actor, get_object_or_404(Message, uuid=uuid))
    return framed(content.html or "<p>The text of this mail is not kept.</p>", brand(request.vendor).origin)


@page(Permission.MANAGE_TEMPLATES, "POST")
def resend(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """Queue a mail again."""
    services.resend(request.actor, get_object_or_404(Message, uuid=uuid))
    notify(request, "Mail queued")
    return redirect("admin:outbox_message", uuid)
