"""Which addresses are looked at: every declared route that can be read, with a record of the demo data."""

import re
from dataclasses import dataclass

from django.urls import URLPattern

from keyturn.portals.admin import urls as admin
from keyturn.portals.client import urls as client

# What stands before the identifier in an address, and the Python that finds one in the demo data.
RECORDS = {
    "admin/customers": "Customer.objects.get(email='john@example.com')",
    "admin/licenses": "License.objects.filter(customer__email='john@example.com', status='active').first()",
    "admin/licenses/imports": "Import.objects.first()",
    "admin/activations": "Activation.objects.filter(license__customer__email='john@example.com').first()",
    "admin/products": "Product.objects.get(name='Pro App')",
    "admin/generators": "Generator.objects.first()",
    "admin/downloadables": "Release.objects.get(version='2.4.0')",
    "admin/changelog": "Entry.objects.first()",
    "admin/admins": "Admin.objects.get(role='viewer')",
    "admin/api-keys": "ApiKey.objects.first()",
    "admin/webhooks": "Webhook.objects.first()",
    "admin/webhook-deliveries": "Delivery.objects.filter(status='failed').first()",
    "admin/background-jobs": "Job.objects.failed().first()",
    "admin/logs": "LogEntry.objects.filter(environment='production').first()",
    "admin/audit-trails": "AuditEvent.objects.filter(environment='production').first()",
    "admin/retention-policies": "Policy.objects.first()",
    "admin/outbox": "Message.objects.first()",
    "admin/email-templates": "EmailTemplate.objects.first()",
    "customer/licenses": "License.objects.filter(customer__email='john@example.com', status='active').first()",
    "customer/activations": "Activation.objects.filter(license__customer__email='john@example.com').first()",
}
# Routes whose address names something that the demo data does not hold.
WITHOUT_RECORD = {
    *("customer_export_state", "export_state", "generator_batch", "generator_batch_file", "session_end"),
    *("passkey_sign_in", "passkey_remove", "upload", "downloadable_download", "downloadable_content", "download_file"),
    "notification_open",
}
FILLERS = {"slug": "invitation", "str": "x", "int": "1", "path": "x"}
_PART = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True)
class Target:
    """One address. `path` may still hold the name of a record in braces."""

    portal: str
    name: str
    path: str

    @property
    def record(self) -> str | None:
        """Whose identifier `path` needs, as a key of RECORDS."""
        found = re.search(r"\{(.+?)\}", self.path)
        return found[1] if found else None


def targets() -> list[Target]:
    """Every route that answers GET and whose address can be written down."""
    portals = (("admin", admin.urlpatterns), ("customer", client.urlpatterns))
    return [
        Target(portal, route.name or "", _path(portal, route))
        for portal, routes in portals
        for route in routes
        if "GET" in route.callback.declared_methods and route.name not in WITHOUT_RECORD
    ]


def _path(portal: str, route: URLPattern) -> str:
    text = f"{portal}/{route.pattern}"

    def fill(part: re.Match[str]) -> str:
        kind = part[1] or "str"
        return "{" + text[: part.start()].rstrip("/") + "}" if kind == "uuid" else FILLERS[kind]

    return "/" + _PART.sub(fill, text)
