"""Dialogs that change one license, and the address book behind the assign dialogs."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid, Refused
from keyturn.core.ids import parse_uuid
from keyturn.core.text import clean_email
from keyturn.licensing.licenses.abilities import Change
from keyturn.licensing.licenses.models import License
from keyturn.people.customers.models import Customer
from keyturn.portals.admin.decorators import View, page
from keyturn.portals.admin.license_actions import Action
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses
from keyturn.portals.ui.fields import add_errors


def find_license(request: AdminRequest, uuid: UUID) -> License:
    """A license of this environment with product and customer, or 404."""
    rows = License.objects.in_scope(request.actor).select_related("product", "customer", "generator")
    return get_object_or_404(rows, uuid=uuid)


def dialog(action: Action) -> View:
    """The view of one action: GET opens its dialog, POST acts."""

    @page(action.permission, "GET", "POST")
    def answer(request: AdminRequest, uuid: UUID) -> HttpResponse:
        license, posted = find_license(request, uuid), request.method == "POST"
        form = action.form(request.POST if posted else None, initial={} if posted else action.initial(license))
        if posted and form.is_valid():
            try:
                text = action.perform(request.actor, license, form.cleaned_data)
            except Invalid as refusal:
                add_errors(form, refusal)
            except Refused as refusal:
                form.add_error(None, refusal.message)
            else:
                return _done(request, license, action, text)
        context: dict[str, object] = {"license": license, "form": form, "url": request.path}
        return responses.dialog(request, action.template, context, refused=posted)

    return answer


def _done(request: AdminRequest, license: License, action: Action, text: str) -> HttpResponse:
    on_its_page = reverse("admin:license", args=[license.uuid]) in request.headers.get("HX-Current-URL", "")
    if action.change == Change.DELETE and on_its_page:
        return responses.done_to(request, reverse("admin:licenses"), text)
    return responses.done(request, text)


@page(Permission.ASSIGN_LICENSES)
def recipient(request: AdminRequest) -> HttpResponse:
    """Who has the address that is being typed, and how many licenses they will have."""
    context: dict[str, object] = {}
    try:
        email = clean_email(request.GET.get("email", ""))
    except Invalid:
        return render(request, "admin/licenses/_recipient.html", context)
    context["customer"] = customer = Customer.objects.filter(email=email).first()
    context["unknown"] = customer is None
    if customer is not None:
        ids = [uuid for one in request.GET.getlist("ids") if (uuid := parse_uuid(one))]
        has = License.objects.of(customer).count()
        gains = License.objects.in_scope(request.actor).filter(uuid__in=ids).exclude(customer=customer).count()
        context |= {"has": has, "will_have": has + gains if gains else 0}
    return render(request, "admin/licenses/_recipient.html", context)
