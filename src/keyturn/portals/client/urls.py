"""Addresses of the Client Portal, below /customer/."""

from keyturn.portals.client.decorators import route
from keyturn.portals.client.views import dashboard, login

app_name = "client"
urlpatterns = [
    route("login", login.login, "login"),
    route("logout", login.logout, "logout"),
    route("dashboard", dashboard.dashboard, "dashboard"),
]
