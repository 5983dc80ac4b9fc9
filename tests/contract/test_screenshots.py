"""Every page that a portal declares is among the pictures that reviewers look at."""

from keyturn.portals.admin import urls as admin
from keyturn.portals.client import urls as client
from tests.screenshots.routes import RECORDS, WITHOUT_RECORD, targets


def test_every_route_that_can_be_read_is_looked_at() -> None:
    readable = {
        (portal, route.name)
        for portal, routes in (("admin", admin.urlpatterns), ("customer", client.urlpatterns))
        for route in routes
        if "GET" in route.callback.declared_methods
    }
    looked_at = {(target.portal, target.name) for target in targets()}
    assert {name for _, name in readable - looked_at} <= WITHOUT_RECORD
    unknown = {target.path for target in targets() if target.record and target.record not in RECORDS}
    assert not unknown, "say in tests/screenshots/routes.py which record of the demo data stands there"
