"""Run inside an installation: two products, stock of both, and John Smith who bought five and sees three."""

from keyturn.access.actors import Actor
from keyturn.access.permissions import GRANTED, Role
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.products import services as products
from keyturn.licensing.signing import services as signing
from keyturn.people.admins import services as admins

mara = Actor("admin", id="stock", permissions=GRANTED[Role.SUPER_ADMIN], environment="production")
for role in Role.values:
    admins.create(mara, name="Mara Lindqvist", email=f"{role}@keyturn.example", role=role, password="correct horse")
makers = []
for name, prefix in (("Product B", "BBB-"), ("Product A", "AAA-")):
    product = products.create(mara, name=name, key_bits=2048)
    makers.append(
        generators.create(
            mara, product=product, name=f"{name}, one year", type="chunk", prefix=prefix, activation_limit=3
        )
    )
signing.ensure(str(product.uuid), 2048)
b, a = makers
services.generate(mara, b, 30)
for maker in (a, a, b):
    license = services.generate(mara, maker, 1).licenses[0]
    services.assign(mara, license, "john@company.com", name="John Smith")
    activations.activate(mara, license, identifier="DESKTOP-4K7QX", kind="hardware", ip="203.0.113.24")
# The two that John misses: he named the order when he wrote.
for license in services.generate(mara, a, 2).licenses:
    services.edit(mara, license, version=license.version, order_reference="#10482")
