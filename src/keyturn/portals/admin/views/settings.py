"""The settings: one page a tab, saved as a whole."""

from django.conf import settings as django_settings
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from keyturn.access.permissions import Permission, may
from keyturn.core.errors import Invalid
from keyturn.licensing.abuse.countries import countries
from keyturn.platform.mail import transports, trial
from keyturn.platform.preferences import addresses
from keyturn.platform.preferences import services as preferences
from keyturn.platform.preferences.registry import TABS, Tab
from keyturn.portals.admin.decorators import View, page
from keyturn.portals.admin.forms.settings import TabForm
from keyturn.portals.admin.sessions import AdminRequest
from keyturn.portals.admin.settings_retention import KeptForm, form_of
from keyturn.portals.admin.views import storage_settings
from keyturn.portals.ui.toasts import notify, toast

EMAIL, LICENSE = (next(tab for tab in TABS if tab.name == name) for name in ("email", "license"))


@page(Permission.MANAGE_SETTINGS)
def first(request: AdminRequest) -> HttpResponse:
    """The first tab."""
    return redirect(f"admin:settings_{TABS[0].name}")


def show(tab: Tab) -> View:
    """The page of a tab; read-only for those who may not change it."""

    @page(tab.view_permission)
    def view(request: AdminRequest) -> HttpResponse:
        locked = not may(request.actor, tab.permission)
        return _page(request, tab, form_of(request, tab, locked=locked))

    return view


def save(tab: Tab) -> View:
    """Change a tab; any error saves nothing and keeps what was typed."""

    @page(tab.permission, "GET", "POST")
    def view(request: AdminRequest) -> HttpResponse:
        if request.method != "POST":
            return redirect(f"admin:settings_{tab.name}")
        form = form_of(request, tab, request.POST, request.FILES)
        if tab == storage_settings.TAB and storage_settings.must_ask(request, form):
            return _page(request, tab, form, status=422, ask_driver=True)
        if isinstance(form, KeptForm) and (loss := form.loss()):
            return _page(request, tab, form, status=422, loss=loss)
        try:
            changed = _save(request, tab, form)
        except Invalid as refusal:
            form.refuse(refusal.errors)
            return _page(request, tab, form, status=422)
        notify(request, f"{tab.title} settings saved" if changed else "Nothing was changed")
        return redirect(f"admin:settings_{tab.name}")

    return view


@transaction.atomic
def _save(request: AdminRequest, tab: Tab, form: TabForm) -> list[str]:
    if not isinstance(form, KeptForm):
        return preferences.save(request.actor, tab.name, form.raw())
    errors = form.problems()
    try:
        preferences.check(tab.name, form.raw())
    except Invalid as refusal:
        errors |= refusal.errors
    if errors:
        raise Invalid(errors)
    return [*preferences.save(request.actor, tab.name, form.raw()), *form.save_days(request)]


@page(EMAIL.permission, "POST")
def test_mail(request: AdminRequest) -> HttpResponse:
    """Send a test mail with what the form holds, saved or not (SET-05, SET-30)."""
    form = TabForm(EMAIL, preferences.values(), request.POST)
    try:
        result = trial.send_test(request.actor, form.raw(), to=request.POST.get("test_to", ""))
    except Invalid as refusal:
        names = {one.name: one.label for one in form.settings}
        problems = [f"{names.get(name, 'Recipient')}: {texts[0]}" for name, texts in refusal.errors.items()]
        return render(request, "admin/settings/_test_result.html", {"problems": problems})
    return render(request, "admin/settings/_test_result.html", {"result": result})


@page(LICENSE.permission, "POST")
def clear_results(request: AdminRequest) -> HttpResponse:
    """Forget all validation results that are kept (SET-22)."""
    preferences.clear_results(request.actor)
    return toast(
        HttpResponse(status=204), "Cache cleared", detail="Every license is judged anew when it is next asked for."
    )


def _links_start(tab: Tab) -> tuple[str, str]:
    """On the tabs that concern links in mails, who decided how those start, and how; else two empty texts."""
    if tab.name not in ("general", "email"):
        return "", ""
    values = preferences.values(*addresses.NAMES)
    decided = "server" if django_settings.PUBLIC_URL else "nobody" if addresses.is_guessed(values) else ""
    return decided, addresses.base_url(values)


def _page(
    request: AdminRequest, tab: Tab, form: TabForm, status: int = 200, *, ask_driver: bool = False, loss: int = 0
) -> HttpResponse:
    tabs = [
        (one.title, reverse(f"admin:settings_{one.name}"), one == tab)
        for one in TABS
        if may(request.actor, one.view_permission)
    ]
    if may(request.actor, Permission.MANAGE_RETENTION):
        tabs.append(("Retention Policies", reverse("admin:retention"), False))
    context = {
        "section": "Settings",
        "tab": tab,
        "tabs": tabs,
        "form": form,
        "may_edit": may(request.actor, tab.permission),
        "save_url": reverse(f"admin:settings_{tab.name}_save"),
        "ask_driver": ask_driver,
        "loss": loss,
        "mail_ready": tab != EMAIL or transports.ready(),
        "links_start": _links_start(tab),
        "no_countries": countries().problem if tab.name in ("abuse", "security") else "",
    }
    return render(request, "admin/settings/page.html", context, status=status)
