"""Files that the customer's licenses entitle to."""

from itertools import groupby
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from keyturn.core.clock import now
from keyturn.licensing.licenses.models import License
from keyturn.licensing.releases import downloads as services
from keyturn.licensing.releases import links
from keyturn.licensing.releases.downloads import Denied
from keyturn.licensing.releases.links import Standing
from keyturn.licensing.releases.models import Release, ReleaseFile
from keyturn.platform.storage import serving
from keyturn.platform.storage.places import Missing, Unavailable
from keyturn.portals.client.decorators import page
from keyturn.portals.client.ownership import own_or_404
from keyturn.portals.client.requests import CustomerRequest
from keyturn.portals.ui import errors

SECTION = "Downloads"
# Which versions are shown: the newest of each product, those before, or all (CLP-41).
_SHOWN = {"latest": "Latest versions", "earlier": "Earlier versions", "all": "All versions"}


@page()
def downloads(request: CustomerRequest) -> HttpResponse:
    """Every file that may be fetched now, by product."""
    shown = request.GET.get("versions", "")
    shown = shown if shown in _SHOWN else "latest"
    offers = services.offers(request.customer)
    products = []
    for product, of_product in groupby((offer.release for offer in offers), lambda release: release.product):
        releases = list(of_product)
        latest = _latest(releases)
        earlier = [release for release in releases if release not in latest]
        picked = {"latest": latest, "earlier": earlier, "all": releases}[shown]
        if picked:
            products.append((product, picked))
    views = [(f"?versions={name}", label, name == shown) for name, label in _SHOWN.items()]
    context = {"section": SECTION, "products": products, "any": bool(offers), "views": views}
    return render(request, "client/downloads/page.html", context)


@page("POST")
@never_cache
def fetch(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """To a link of 15 minutes for this session and this file, after another look whether he may."""
    file = _find(request, uuid)
    license = _allowing(request, file)
    if not isinstance(license, License):
        return license
    signature = links.sign(file.uuid, _audience(request))
    return redirect(f"{reverse('client:download_file', args=[uuid])}?{urlencode({'signature': signature})}")


@page()
def file(request: CustomerRequest, uuid: UUID) -> HttpResponseBase:
    """The file behind such a link, or the part of it that is still missing."""
    found = _find(request, uuid)
    standing = links.check(request.GET.get("signature", ""), found.uuid, _audience(request))
    if standing == Standing.FORGED:
        text = _("This link is not complete, or was made for another sign-in. Go to Downloads and try again there.")
        return errors.page(request, 403, _("This link does not work here"), text)
    if standing == Standing.EXPIRED:
        text = _("Download links work for 15 minutes. Go back to Downloads, reload the page and try again.")
        return errors.page(request, 410, _("This link has expired"), text)
    license = _allowing(request, found)
    if not isinstance(license, License):
        return license
    part = serving.part_of(request, found.stored)
    try:
        response = serving.respond(request, found.stored, part)
    except (Missing, Unavailable) as problem:
        raise Http404 from problem
    if serving.is_download(request, part, response):
        services.record(request.actor, found, license)
    return response


def _latest(releases: list[Release]) -> list[Release]:
    """The newest of each channel down to the newest stable one, so that a beta never hides what most people want."""
    newest: dict[str, Release] = {}
    for release in releases:
        newest.setdefault(release.channel, release)
        if release.channel == Release.Channel.STABLE:
            break
    return list(newest.values())


def _allowing(request: CustomerRequest, file: ReleaseFile) -> License | HttpResponse:
    """The license by which this file is his to have, or the page that says why it is not."""
    try:
        return services.allow_own(request.actor, request.customer, file)
    except Denied as denied:
        return errors.page(request, 403, _("Access denied"), denied.message)
    except Missing as problem:
        raise Http404 from problem


def _find(request: CustomerRequest, uuid: UUID) -> ReleaseFile:
    offered = ReleaseFile.objects.offered_to(request.customer, now()).select_related("release__product")
    return own_or_404(request, offered, uuid)


def _audience(request: CustomerRequest) -> str:
    return f"session:{request.customer_session.uuid}"
