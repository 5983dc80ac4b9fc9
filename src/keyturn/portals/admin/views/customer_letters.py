"""Writing a mail to a customer (CUS-16)."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid
from keyturn.licensing.licenses import notices
from keyturn.licensing.licenses.models import License
from keyturn.people.customers.models import Customer
from keyturn.platform.mail import letters, transports
from keyturn.platform.mail.rendering import HTML, MARKDOWN
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.forms.letters import LetterForm, choices
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses
from keyturn.portals.ui.fields import add_errors


@page(Permission.MANAGE_CUSTOMERS, "GET", "POST")
def letter(request: AdminRequest, uuid: UUID) -> HttpResponse:
    """The composer, filled from a template when one is chosen."""
    customer = get_object_or_404(Customer, uuid=uuid)
    if request.method != "POST":
        return _dialog(request, customer, _started(customer, request.GET.get("template", "")))
    form = LetterForm(request.POST, markdown=request.POST.get("format") != HTML)
    if form.is_valid():
        try:
            sent = letters.send(request.actor, to=customer.email, customer=customer.uuid, **form.cleaned_data)
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            return responses.done(request, *_said(sent=sent))
    return _dialog(request, customer, form, refused=True)


def _said(*, sent: bool) -> tuple[str, ...]:
    return ("E-mail queued",) if sent else ("E-mail kept in the Outbox: mail is not set up",)


def _started(customer: Customer, slug: str) -> LetterForm:
    template = next((one for one in letters.templates() if one.slug == slug), None)
    if template is None:
        return LetterForm(initial={"format": MARKDOWN})
    values: dict[str, object] = {
        "customer_name": customer.name or customer.email.partition("@")[0],
        "customer_email": customer.email,
    }
    newest = License.objects.of(customer).select_related("product").latest_assigned().first()
    if newest is not None:
        values |= notices.facts(newest)
    source = letters.start(template, values)
    start = {"subject": source.subject, "body": source.body, "format": source.format}
    return LetterForm(initial=start, markdown=source.format == MARKDOWN)


def _dialog(request: AdminRequest, customer: Customer, form: LetterForm, *, refused: bool = False) -> HttpResponse:
    context: dict[str, object] = {
        "customer": customer,
        "form": form,
        "url": request.path,
        "options": choices(letters.templates()),
        "chosen": request.GET.get("template", ""),
        "mail_ready": transports.ready(),
    }
    return responses.dialog(request, "admin/customers/letter.html", context, refused=refused)
