"""Addresses of the Client Portal, below /customer/."""

from keyturn.portals.client.decorators import route
from keyturn.portals.client.views import activations, dashboard, downloads, licenses, login, viewing

app_name = "client"
urlpatterns = [
    route("login", login.login, "login"),
    route("logout", login.logout, "logout"),
    route("stop-viewing", viewing.stop, "stop_viewing"),
    route("dashboard", dashboard.dashboard, "dashboard"),
    route("licenses", licenses.licenses, "licenses"),
    route("licenses/<uuid:uuid>", licenses.license, "license"),
    route("licenses/<uuid:uuid>/key", licenses.key, "license_key"),
    route("activations", activations.activations, "activations"),
    route("activations/<uuid:uuid>/deactivate", activations.deactivate, "activation_deactivate"),
    route("downloads", downloads.downloads, "downloads"),
]
