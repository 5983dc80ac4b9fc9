"""The page of a customer with 500 licenses and 5,000 activations (CUS-18): run with the settings of a database.

Makes him where he is missing. The whole answer of Django, in this process, after two requests that warm.
"""

import os
import statistics
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyturn.config.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from keyturn.access.actors import system  # noqa: E402
from keyturn.licensing.generators import services as generators  # noqa: E402
from keyturn.licensing.licenses import services as licenses  # noqa: E402
from keyturn.licensing.licenses.events import activation_entry  # noqa: E402
from keyturn.licensing.licenses.models import Activation, License  # noqa: E402
from keyturn.licensing.products import services as products  # noqa: E402
from keyturn.people.admins import services as admins  # noqa: E402
from keyturn.people.customers.models import Customer  # noqa: E402
from keyturn.platform.audit import services as audit  # noqa: E402

TIMES, LIMIT = 30, 150
EMAIL, PASSWORD = "many-devices@bench.example", "correct horse battery"
PAGES = ("", "?activity=suspended", "?activations_page=300&licenses_page=30")


def main() -> None:
    """Measure and print a table, in Markdown."""
    customer = Customer.objects.filter(email=EMAIL).first() or _made()
    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    client.post("/admin/sign-in", {"email": EMAIL, "password": PASSWORD})
    print(f"| ms, {TIMES} times | {connection.vendor}: p50 / p95 / max | processor, p50 |\n|---|---|---|")
    for page in PAGES:
        url = f"/admin/customers/{customer.uuid}{page}"
        clock, processor = [], []
        for _ in range(TIMES + 2):
            start, worked = time.perf_counter(), time.process_time()
            answer = client.get(url)
            clock.append((time.perf_counter() - start) * 1000)
            processor.append((time.process_time() - worked) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{url}: {answer.status_code}")
        ordered = sorted(clock[2:])
        p95 = ordered[int(TIMES * 0.95)]
        cells = f"{statistics.median(ordered):.0f} / {p95:.0f} / {ordered[-1]:.0f}"
        print(f"| the customer{page} | {cells} | {statistics.median(processor[2:]):.0f} |")


def _made() -> Customer:
    me = system("bench", "production")
    product = products.create(me, name="Bench")
    template = generators.create(me, product=product, name="Bench", type="chunk", prefix="BEN-", activation_limit=20)
    for _ in range(5):
        licenses.assign_many(me, licenses.generate(me, template, 100).licenses, EMAIL)
    customer = Customer.objects.get(email=EMAIL)
    owned = License.objects.of(customer).select_related("product", "customer")
    rows = Activation.objects.bulk_create(
        (
            Activation(
                license=license,
                product=license.product,
                environment="production",
                identifier=f"PC-{license.pk}-{number}",
                kind="hardware",
            )
            for license in owned
            for number in range(10)
        ),
        batch_size=500,
    )
    License.objects.of(customer).update(status="active", active_devices=10, activated_at=rows[0].activated_at)
    audit.record_many(me, [activation_entry("activation.created", row, row.license) for row in rows])
    admins.create(me, name="Bench", email=EMAIL, role="super_admin", password=PASSWORD)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return customer


if __name__ == "__main__":
    main()
