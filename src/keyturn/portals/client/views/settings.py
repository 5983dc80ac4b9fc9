"""What a customer chooses for himself."""

from django.http import HttpResponse
from django.shortcuts import redirect, render

from keyturn.core.errors import Invalid
from keyturn.people.customers import settings as services
from keyturn.portals.client.decorators import page
from keyturn.portals.client.forms.profile import SettingsForm
from keyturn.portals.client.requests import CustomerRequest
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.toasts import notify


@page("GET", "POST")
def settings(request: CustomerRequest) -> HttpResponse:
    """One form; nothing applies before it is saved (CLP-60)."""
    known, posted = services.settings_of(request.customer), request.method == "POST"
    initial = {field: getattr(known, field) for field in services.FIELDS}
    form = SettingsForm(request.POST if posted else None, initial=initial)
    if posted and form.is_valid():
        try:
            services.save(request.actor, request.customer, **form.cleaned_data)
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            notify(request, "Settings saved")
            return redirect("client:settings")
    context = {"section": "Settings", "form": form}
    return render(request, "client/settings.html", context, status=422 if posted else 200)
