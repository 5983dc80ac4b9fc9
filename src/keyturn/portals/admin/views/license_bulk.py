"""Dialogs that change all selected licenses at once (LIC-08)."""

from dataclasses import dataclass

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid, Refused
from keyturn.core.text import clean_email
from keyturn.licensing.licenses import bulk
from keyturn.licensing.licenses.models import License
from keyturn.people.customers.models import Customer
from keyturn.portals.admin.decorators import View, page
from keyturn.portals.admin.forms.licenses import AssignForm, BulkRenewForm, ConfirmForm, RevokeForm
from keyturn.portals.admin.license_list import filters_of
from keyturn.portals.admin.license_selection import Picked, changed_since, may_hand_over, pick
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.ui import responses
from keyturn.portals.ui.fields import add_errors


@dataclass(frozen=True)
class BulkChange:
    """A bulk action; `done` is what the toast says of it."""

    name: str
    permission: Permission
    form: type[forms.Form]
    done: str


def dialog(change: BulkChange) -> View:
    """The view of one bulk action: GET opens its dialog, POST acts."""

    @page(change.permission, "GET", "POST")
    def answer(request: AdminRequest) -> HttpResponse:
        picked, posted = pick(request, change.name), request.method == "POST"
        form = change.form(request.POST if posted else None)
        if posted and form.is_valid():
            try:
                if changed_since(request, picked):
                    raise Refused(f"The list has changed: it holds {picked.words} now. Check and confirm again.")
                return _carry_out(request, change, picked, form)
            except Invalid as refusal:
                add_errors(form, refusal)
            except Refused as refusal:
                form.add_error(None, refusal.message)
        context: dict[str, object] = {
            "picked": picked,
            "form": form,
            "url": request.path,
            "allowed": change.name != "assign" or may_hand_over(request, picked),
        }
        return responses.dialog(request, f"admin/licenses/bulk_{change.name}.html", context, refused=posted)

    return answer


def _carry_out(request: AdminRequest, change: BulkChange, picked: Picked, form: forms.Form) -> HttpResponse:
    values = {name: str(value) for name, value in form.cleaned_data.items()}
    if "email" in values:
        values["email"] = clean_email(values["email"])
    if picked.later:
        state = picked.selection.state
        bulk.change_later(request.actor, change.name, state.search, filters_of(state), values)
        return responses.done(
            request, f"{picked.words} are being {change.done}", detail="This goes on in the background."
        )
    bulk.change(request.actor, change.name, picked.licenses, values)
    detail, href = _owner(values.get("email", ""))
    return responses.done(request, f"{picked.words} {change.done}", detail=detail, href=href)


def _owner(email: str) -> tuple[str, str]:
    customer = Customer.objects.filter(email=email).first() if email else None
    if customer is None:
        return "", ""
    count = License.objects.of(customer).count()
    text = f"{email} now has {count:,} license{'' if count == 1 else 's'}."
    return text, reverse("admin:customer", args=[customer.uuid])


assign = dialog(BulkChange("assign", Permission.ASSIGN_LICENSES, AssignForm, "assigned"))
renew = dialog(BulkChange("renew", Permission.MANAGE_LICENSES, BulkRenewForm, "renewed"))
revoke = dialog(BulkChange("revoke", Permission.STOP_LICENSES, RevokeForm, "revoked"))
delete = dialog(BulkChange("delete", Permission.MANAGE_LICENSES, ConfirmForm, "deleted"))
