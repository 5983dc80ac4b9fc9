"""Every address of the product."""

from django.conf import settings
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("admin", RedirectView.as_view(pattern_name="admin:home")),
    path("admin/login", RedirectView.as_view(pattern_name="admin:sign_in", query_string=True)),
    path("admin/", include("keyturn.portals.admin.urls")),
    path("customer", RedirectView.as_view(pattern_name="client:dashboard")),
    path("customer/", include("keyturn.portals.client.urls")),
    path("", include("keyturn.api.v1.urls")),
    path("", include("keyturn.portals.public.urls")),
]

if settings.DEBUG:
    urlpatterns.insert(0, path("admin/", include("keyturn.portals.ui.urls")))

handler400 = "keyturn.portals.ui.errors.bad_request"
handler403 = "keyturn.portals.ui.errors.permission_denied"
handler404 = "keyturn.portals.ui.errors.page_not_found"
handler500 = "keyturn.portals.ui.errors.server_error"
