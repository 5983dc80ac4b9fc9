"""Run inside an installation: a small shop with admins, stock and customers. Prints the keys of John."""

from datetime import timedelta

from keyturn.access.actors import Actor
from keyturn.access.permissions import GRANTED, Role
from keyturn.core import clock
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.models import Activation
from keyturn.licensing.products import services as products
from keyturn.people.admins import services as admins
from keyturn.people.customers import services as customers
from keyturn.people.customers.models import Customer

DEVICES = (("DESKTOP-4K7QX", 10, 0), ("MBP-JSMITH-14", 39, 0), ("OLD-LAPTOP-7F21", 52, 45))
PEOPLE = (("Sarah Johnson", "sarah@company.com"), ("John Doe", "john.doe@email.com"), ("", "nobody@gmail.com"))

mara = Actor("admin", id="shop", permissions=GRANTED[Role.SUPER_ADMIN], environment="production")
for role in Role.values:
    admins.create(mara, name="Mara Lindqvist", email=f"{role}@keyturn.example", role=role, password="correct horse")
product = products.create(mara, name="Pro App", key_bits=2048)
generator = generators.create(mara, product=product, name="One year", type="chunk", prefix="PRO-", activation_limit=3)
services.generate(mara, generator, 8)
now = clock.now()
with clock.fixed(now - timedelta(days=55)):
    license = services.issue(mara, generator, "john@example.com")
    customers.rename(mara, Customer.objects.get(), "John Smith")
for identifier, activated, seen in DEVICES:
    with clock.fixed(now - timedelta(days=activated)):
        activations.activate(mara, license, identifier=identifier, kind="hardware", ip="203.0.113.24")
    Activation.objects.filter(identifier=identifier).update(last_verified_at=now - timedelta(days=seen, minutes=5))
for number in range(40):
    name, email = PEOPLE[number] if number < len(PEOPLE) else (f"Person {number:02}", f"person{number}@example.org")
    with clock.fixed(now - timedelta(days=number)):
        services.assign_many(mara, services.generate(mara, generator, 1).licenses, email, name=name)
print(license.license_key)
