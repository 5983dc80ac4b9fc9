"""Trying the storage with what the form holds, and asking before its driver changes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from keyturn.access.permissions import Permission
from keyturn.core.errors import Invalid
from keyturn.platform.preferences import services as preferences
from keyturn.platform.preferences.registry import TABS
from keyturn.platform.storage import services as storage
from keyturn.portals.admin.decorators import page
from keyturn.portals.admin.forms.settings import TabForm
from keyturn.portals.admin.sessions import AdminRequest

TAB = next(tab for tab in TABS if tab.name == "storage")


@page(Permission.MANAGE_CRITICAL_SETTINGS, "POST")
def test(request: AdminRequest) -> HttpResponse:
    """Write, read and delete a small file with what the form holds, saved or not (SET-40)."""
    form = TabForm(TAB, preferences.values(), request.POST)
    try:
        problems = [text] if (text := storage.try_out(request.actor, form.raw())) else []
    except Invalid as refusal:
        names = {one.name: one.label for one in form.settings}
        problems = [f"{names.get(name, name)}: {texts[0]}" for name, texts in refusal.errors.items()]
    return render(request, "admin/settings/_storage_result.html", {"problems": problems})


def must_ask(request: HttpRequest, form: TabForm) -> bool:
    """Whether the driver would change without a word that stored files stay where they are (SET-41).

    What is wrong with the form is said first.
    """
    driver = request.POST.get("storage-driver", "")
    if driver == preferences.text("storage.driver") or "confirm_driver" in request.POST:
        return False
    try:
        preferences.check(TAB.name, form.raw())
    except Invalid:
        return False
    return True
