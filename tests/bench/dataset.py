"""The data that the gate is measured on: run as a script with the settings of the database to fill.

Licenses BENCH-0000001 to N of one product for each key size, each with one active device hw-N.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyturn.config.settings")

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from keyturn.access.actors import system  # noqa: E402
from keyturn.core.clock import now  # noqa: E402
from keyturn.licensing.licenses.models import Activation, License  # noqa: E402
from keyturn.licensing.products import services as products  # noqa: E402
from keyturn.licensing.products.models import Product  # noqa: E402
from keyturn.licensing.signing import services as signing  # noqa: E402
from keyturn.people.apikeys import services as apikeys  # noqa: E402
from keyturn.people.customers.models import Customer  # noqa: E402
from keyturn.platform.preferences import services as preferences  # noqa: E402

SLICE = 5000
SIZES = (2048, 4096)


def fill(count: int) -> str:
    """Make `count` licenses a key size; the API key to ask with."""
    me = system("benchmark", "production")
    for name in ("api.per_ip", "api.per_license", "api.wrong_keys"):
        preferences.set_value(name, 0)
    _, secret = apikeys.create(me, name="Benchmark", environment="production", rate_limit=0)
    owner = Customer.objects.create(email="bench@example.com")
    for bits in SIZES:
        product = products.create(me, name=f"Bench {bits}", key_bits=bits)
        # An offline file costs two or three more signatures, once a device and process: another measurement.
        Product.objects.filter(pk=product.pk).update(offline_allowed=False)
        signing.ensure(str(product.uuid), bits)
        for start in range(1, count + 1, SLICE):
            with transaction.atomic():
                rows = License.objects.bulk_create(
                    License(
                        environment="production",
                        product=product,
                        license_key=f"BENCH{bits}-{number:07d}",
                        customer=owner,
                        status="active",
                        activation_limit=3,
                        active_devices=1,
                        assigned_at=now(),
                        activated_at=now(),
                    )
                    for number in range(start, min(start + SLICE, count + 1))
                )
                Activation.objects.bulk_create(
                    Activation(
                        license=row,
                        product=row.product,
                        environment="production",
                        identifier=f"hw-{row.license_key[-7:]}",
                        kind="hardware",
                    )
                    for row in rows
                )
    if connection.vendor == "postgresql":
        connection.cursor().execute("VACUUM ANALYZE")
    else:
        connection.cursor().execute("ANALYZE")
    return secret


print(fill(int(sys.argv[1])))
