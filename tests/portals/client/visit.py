"""Run inside an installation: John with licenses in several states, Anna just invited. Prints her link and keys."""

import re
from datetime import timedelta

from django.contrib.auth.hashers import make_password

from keyturn.access.actors import Actor
from keyturn.access.permissions import GRANTED, Role
from keyturn.core import clock
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.models import Activation
from keyturn.licensing.products import services as products
from keyturn.people.admins import services as admins
from keyturn.people.customers.models import Customer
from keyturn.platform.mail import sealing
from keyturn.platform.mail.models import Message
from keyturn.platform.preferences import services as preferences

mara = Actor("admin", id="visit", permissions=GRANTED[Role.SUPER_ADMIN], environment="production")
admins.create(
    mara, name="Mara Lindqvist", email="mara@keyturn.example", role=Role.SUPER_ADMIN, password="correct horse"
)
preferences.set_value("general.app_name", "Fernwood Software")
preferences.set_value("general.support_email", "support@fernwood.example")
product = products.create(mara, name="Pro App", key_bits=2048)
generator = generators.create(mara, product=product, name="One year", type="chunk", prefix="PRO-", activation_limit=3)
with clock.fixed(clock.now() - timedelta(days=55)):
    full = services.issue(mara, generator, "john@example.com")
    held = services.issue(mara, generator, "john@example.com")
    gone = services.issue(mara, generator, "john@example.com")
    services.issue(mara, generator, "john@example.com")
    for name in ("DESKTOP-4K7QX", "MBP-JSMITH-14", "shop.example.com"):
        kind = "domain" if "." in name else "hardware"
        activations.activate(mara, full, identifier=name, kind=kind, details={"product_version": "2.4.0"})
    activations.activate(mara, held, identifier="OLD-LAPTOP-7F21", kind="hardware")
Activation.objects.update(last_verified_at=clock.now() - timedelta(minutes=5))
services.suspend(mara, held, reason="chargeback")
services.revoke(mara, gone)
Customer.objects.update(name="John Smith", password=make_password("Plain-Sailing 42"), email_verified_at=clock.now())
annas = services.issue(mara, generator, "anna@example.com")
# As a Super Admin reads it in the Outbox: mail is not set up here.
invitation = sealing.read(Message.objects.get(template="customer-invitation", customer=annas.customer.uuid))
print(re.search(r"/customer/invitation\?token=[\w-]+", invitation.text)[0])
print(annas.license_key)
print(full.license_key)
