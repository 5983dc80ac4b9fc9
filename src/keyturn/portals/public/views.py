"""Pages that need no sign-in."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from keyturn.core.errors import Invalid, Refused
from keyturn.licensing.releases import downloads, links
from keyturn.licensing.releases.links import Standing
from keyturn.licensing.releases.models import ReleaseFile
from keyturn.people.admins import setup as first_admin
from keyturn.people.signin import sessions, staff_links
from keyturn.platform.pictures import services as pictures
from keyturn.platform.preferences import services as preferences
from keyturn.platform.preferences.branding import LOGO, Brand, brand
from keyturn.platform.storage import serving
from keyturn.platform.storage.places import Missing, Unavailable
from keyturn.portals.public.forms import PasswordForm, SetUpForm
from keyturn.portals.ui.fields import add_errors
from keyturn.portals.ui.toasts import notify


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Who runs this, and both ways in; where the landing page is off, the Admin Portal."""
    vendor = preferences.values()
    if first_admin.needed() or not vendor["general.landing_page"]:
        return redirect("admin:home")
    context = {
        "name": vendor["general.app_name"],
        "support_email": vendor["general.support_email"],
        "support_url": vendor["general.support_url"],
    }
    return render(request, "public/landing.html", context)


@require_safe
def logo(request: HttpRequest, name: str) -> HttpResponse:
    """The vendor's logo, for pages and for mails that were sent; also one that was replaced since (SET-10)."""
    found = pictures.read(LOGO, name)
    if found is None:
        raise Http404
    content, media_type = found
    # Whoever opens a drawing by itself gets a picture, not a page of this server.
    policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    caching = "public, max-age=31536000, immutable"
    return HttpResponse(content, media_type, headers={"Content-Security-Policy": policy, "Cache-Control": caching})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
def set_up(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first Super Admin by the one-time link that `keyturn serve` prints."""
    if not first_admin.check(token):
        return render(request, "public/setup_over.html", status=404)
    form = SetUpForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            first_admin.complete(token, **form.cleaned_data)
        except Invalid as refusal:
            add_errors(form, refusal)
        except Refused:
            return render(request, "public/setup_over.html", status=404)
        else:
            notify(request, "Your account is ready. Sign in with it.")
            return redirect("admin:sign_in")
    return render(request, "public/setup.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
def choose_password(request: HttpRequest, token: str) -> HttpResponse:
    """Let an admin choose a password by the link of an invitation or reset."""
    link = staff_links.find(token)
    if link is None:
        return render(request, "public/link_over.html", status=404)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            staff_links.choose_password(token, form.cleaned_data["password"], ip=sessions.visitor(request).ip)
        except Invalid as refusal:
            add_errors(form, refusal)
        except Refused:
            return render(request, "public/link_over.html", status=404)
        else:
            notify(request, "Your password is set. Sign in with it.")
            return redirect("admin:sign_in")
    return render(request, "public/choose_password.html", {"form": form, "link": link})


@require_safe
@never_cache
def file(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """A file by a link that an admin copied for testers; drafts, too, for 15 minutes, and nothing is counted."""
    found = ReleaseFile.objects.select_related("release").filter(uuid=uuid, release__isnull=False).first()
    standing = links.check(request.GET.get("signature", ""), uuid, downloads.ANYBODY)
    if found is None or standing == Standing.FORGED:
        raise Http404
    if standing == Standing.EXPIRED:
        return render(request, "public/link_expired.html", status=410)
    try:
        return serving.respond(request, found.stored, serving.part_of(request, found.stored))
    except (Missing, Unavailable) as problem:
        raise Http404 from problem


def branding(request: HttpRequest) -> dict[str, object]:
    """Context processor: how the vendor shows, read when a page shows it."""

    def read() -> Brand:
        shown = brand(getattr(request, "vendor", None))
        request.images_from = shown.origin  # type: ignore[attr-defined]
        return shown

    return {"brand": SimpleLazyObject(read)}
