"""Run inside an installation: the customers of the manual's workflows. Prints an API key, then John's license key."""

from datetime import timedelta

from keyturn.access.actors import Actor
from keyturn.access.permissions import GRANTED, Role
from keyturn.core import clock
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.models import Activation
from keyturn.licensing.products import services as products
from keyturn.licensing.signing import services as signing
from keyturn.people.admins import services as admins
from keyturn.people.apikeys import services as api_keys

mara = Actor("admin", id="story", permissions=GRANTED[Role.SUPER_ADMIN], environment="production")
admins.create(mara, name="Mara Lindqvist", email="mara@keyturn.example", role=Role.ADMIN, password="correct horse")
makers = {}
for name, prefix in (("Pro App", "PRO-"), ("Product A", "AAA-"), ("Product B", "BBB-")):
    product = products.create(mara, name=name, key_bits=2048)
    signing.ensure(str(product.uuid), 2048)
    makers[name] = generators.create(mara, product=product, name=name, type="chunk", prefix=prefix, activation_limit=3)
secret = api_keys.create(mara, name="Shop", environment="production")[1]


def give(maker, email, name="", count=1, **edited):
    """New licenses of a customer."""
    made = services.generate(mara, makers[maker], count).licenses
    services.assign_many(mara, made, email, name=name)
    for license in made:
        license.refresh_from_db()
        if edited:
            services.edit(mara, license, version=license.version, **edited)
    return made


def use(license, identifier, ago=timedelta()):
    """A device that was last heard of some time ago."""
    with clock.fixed(clock.now() - max(ago, timedelta(days=1))):
        activations.activate(mara, license, identifier=identifier, kind="hardware", ip="203.0.113.24")
    Activation.objects.filter(identifier=identifier).update(last_verified_at=clock.now() - ago)


# 1. Who calls for his key has two devices.
[johns] = give("Pro App", "john@example.com", "John Smith")
for identifier in ("JOHN-DESKTOP", "JOHN-LAPTOP"):
    use(johns, identifier)
# 2. Five bought, three seen; the two missing ones carry the order's number.
for license in give("Product A", "john@company.com", "John Smith", 2) + give("Product B", "john@company.com"):
    use(license, f"OFFICE-{license.pk}")
for license in services.generate(mara, makers["Product A"], 2).licenses:
    services.edit(mara, license, version=license.version, order_reference="#10482")
# 3. Three of three, one of them silent for 45 days.
with clock.fixed(clock.now() - timedelta(days=60)):
    [full] = give("Pro App", "sarah@company.com", "Sarah Johnson")
for identifier, ago in (
    ("DEVICE-1", timedelta(minutes=5)),
    ("DEVICE-2", timedelta(hours=2)),
    ("DEVICE-3", timedelta(45)),
):
    use(full, identifier, ago)
# 4. A customer with a new address.
moved = give("Pro App", "old@email.com", "Olivia Novak", 3)
use(moved[0], "OLIVIA-LAPTOP")
# 5. Licenses that expire: John has ten in ten days, Ann two in twenty, Ben one in fifty.
for email, name, count, days in (
    ("john@acmecorp.com", "John at Acme", 10, 10),
    ("ann@example.org", "Ann Medium", 2, 20),
    ("ben@example.org", "Ben Low", 1, 50),
):
    for license in give("Pro App", email, name, count, expires_at=clock.now() + timedelta(days=days)):
        use(license, f"{name}-{license.pk}")
print(secret)
print(johns.license_key)
