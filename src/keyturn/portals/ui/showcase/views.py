"""The showcase: every state of every component, and a live list."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from keyturn.portals.ui import palette
from keyturn.portals.ui.lists import read_selection
from keyturn.portals.ui.palette import Hit, HitGroup
from keyturn.portals.ui.responses import done
from keyturn.portals.ui.shell import Bell, NavGroup, NavItem, Shell, ShellUser
from keyturn.portals.ui.showcase.forms import SpecimenForm
from keyturn.portals.ui.showcase.rows import LIST, PEOPLE, SORTED, PeopleSource

ENVIRONMENTS = (("production", "Production"), ("staging", "Staging"), ("development", "Development"))
# There is no database behind this page.
BRAND = {"name": "Keyturn", "logo": ""}


def _shell() -> Shell:
    here = reverse("ui:components")
    groups = (
        NavGroup("", (NavItem("Components", here, "layout-grid"), NavItem("Customers", here, "users-round"))),
        NavGroup("Catalog", (NavItem("Products", here, "package"), NavItem("Tickets", here, "life-buoy", "4"))),
    )
    user = ShellUser("Mara Lindqvist", "Super Admin", "ML")
    quiet = reverse("ui:bell")
    bell = Bell(here, quiet, quiet, lambda: 3)
    return Shell(
        user, groups, here, "Keyturn", "production", ENVIRONMENTS, here, here, here, bell, reverse("ui:search")
    )


def bell(request: HttpRequest) -> HttpResponse:
    """No news."""
    return HttpResponse(status=204)


def components(request: HttpRequest) -> HttpResponse:
    """The page."""
    form = SpecimenForm({"email": "john@example", "limit": "0", "kind": "uuid", "flags": "{", "mail": "on"})
    context = {"shell": _shell(), "brand": BRAND, "section": "Components", "form": form}
    return LIST.respond(request, PeopleSource(), context)


def sorted_list(request: HttpRequest) -> HttpResponse:
    """The list whose order is chosen in a dialog."""
    return SORTED.respond(request, PeopleSource(), {"shell": _shell(), "brand": BRAND, "section": "Components"})


def search(request: HttpRequest) -> HttpResponse:
    """What the palette asks."""
    term = palette.read_term(request)
    found = [one for one in PEOPLE if term and term.lower() in f"{one.name} {one.email}".lower()][:5]
    hits = [Hit(one.name, reverse("ui:detail", args=[one.pk]), "user-round", one.email) for one in found]
    keys = [Hit("ANNA-••••-••••-5D8K", "#key", "key-round", "Pro App", "active", mono=True)] if term == "an" else []
    groups = [HitGroup("People", hits, f"{reverse('ui:components')}?search={term}"), HitGroup("Licenses", keys)]
    return palette.respond(request, term, groups, "Production")


def dialog(request: HttpRequest) -> HttpResponse:
    """The dialog of a bulk action; posting it confirms."""
    selection = read_selection(LIST, request)
    count = PeopleSource().page(selection.state).total if selection.everything else len(selection.ids)
    if request.method == "POST":
        return done(
            request, "1 person assigned" if count == 1 else f"{count} people assigned", href="/admin/_components"
        )
    return render(request, "ui/showcase/_dialog.html", {"count": count, "selection": selection})


@require_POST
def key(request: HttpRequest) -> JsonResponse:
    """What Reveal and Copy ask for."""
    return JsonResponse({"key": "PRO-ABCD-EFGH-1234-8WZC"})


def detail(request: HttpRequest, number: int) -> HttpResponse:
    """Where a row leads."""
    if not 1 <= number <= len(PEOPLE):
        raise Http404
    context = {"shell": _shell(), "brand": BRAND, "section": "Components", "person": PEOPLE[number - 1]}
    return render(request, "ui/showcase/detail.html", context)
