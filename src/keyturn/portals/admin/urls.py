"""Addresses of the Admin Portal, below /admin/."""

from keyturn.portals.admin.decorators import route
from keyturn.portals.admin.views import customers, home, signin

app_name = "admin"
urlpatterns = [
    route("", home.home, "home"),
    route("sign-in", signin.sign_in, "sign_in"),
    route("sign-out", signin.sign_out, "sign_out"),
    route("environment", home.environment, "environment"),
    route("customers", customers.customers, "customers"),
    route("customers/<uuid:uuid>", customers.customer, "customer"),
]
