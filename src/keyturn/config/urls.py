"""Every address of the product."""

from django.urls import include, path

urlpatterns = [
    path("admin/", include("keyturn.portals.admin.urls")),
    path("", include("keyturn.portals.public.urls")),
]
