"""After a customer is deleted, nothing in the whole database names him: searched byte by byte."""

import http.client
import json
import re
import subprocess
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.installation import Installation

EMAIL, NAME = "xanthippe.quellenhofer@example.net", "Xanthi\u1e91 Quellenhofer"
API_IP, PORTAL_IP = "198.51.100.177", "203.0.113.199"
# The odd letter finds the pieces of three letters that a search keeps.
TRACES = (EMAIL, "xanthippe", "quellenhofer", NAME, "\u1e91", "\\u1e91", API_IP, PORTAL_IP)
ACTOR = """
from keyturn.access.actors import Actor
from keyturn.access.permissions import GRANTED, Role
owner = Actor("admin", permissions=GRANTED[Role.SUPER_ADMIN], environment="production")
"""
BEFORE = (
    ACTOR
    + f"""
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses import services as licenses
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products import services as products
from keyturn.operations.imports.models import Fault, Import
from keyturn.operations.privacy import services as privacy
from keyturn.people.apikeys import services as apikeys
from keyturn.people.customers import services as customers
from keyturn.people.customers.models import Customer
from keyturn.people.signin import history, invitations, sessions
from keyturn.people.signin.models import Link, SignIn
from keyturn.core import clock
from keyturn.licensing.offline import services as offline
from keyturn.licensing.offline.document import Terms
from keyturn.licensing.signing import services as signing
from keyturn.platform.jobs.models import Execution, Job
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.preferences import services as preferences

preferences.set_value("telemetry.enabled", True)
EMAIL, NAME = {EMAIL!r}, {NAME!r}
_, secret = apikeys.create(owner, name="Client", environment="production", rate_limit=10_000)
product = products.create(owner, name="Editor", key_bits=2048, offline_allowed=True)
signing.ensure(str(product.uuid), 2048)
generator = generators.create(owner, product=product, name="Standard", activation_limit=9)
made = licenses.generate(owner, generator, 260).licenses
for one in made[:4]:
    licenses.assign(owner, one, EMAIL)
for number, one in enumerate(made[4:]):
    licenses.assign(owner, one, f"person{{number}}@example.com")
he = Customer.objects.get(email=EMAIL)
customers.rename(owner, he, NAME)
he.refresh_from_db()
visitor = sessions.Visitor({PORTAL_IP!r}, "Browser")
sessions.begin(he, "password", visitor)
SignIn.objects.create(customer=he, method="password", result="password", ip={PORTAL_IP!r})
invitations.send(he, Link.Purpose.SIGN_IN, ip={PORTAL_IP!r})
enqueue("signin.send_link", portal="customer", purpose="sign_in", address=EMAIL, ip={PORTAL_IP!r})
named = licenses.add_keys(owner, product, [f"{{EMAIL}}-KEY-0001"], email=EMAIL).licenses[0]
for terms in (Terms(hardware_id=f"{{NAME}}s PC"), Terms(hardware_id="pc-1", usb_serial=f"{{EMAIL}}/1")):
    offline.issue(owner, made[0], terms)
failed = enqueue("signin.send_link", portal="customer", purpose="sign_in", address=EMAIL, ip={PORTAL_IP!r})
Job.objects.filter(uuid=failed).update(status="failed", failed_at=clock.now())
licenses.suspend(owner, made[1], reason=f"{{NAME}} ({{EMAIL}}) asked for it")
licenses.revoke(owner, made[2], reason=f"{{EMAIL}} charged back")
License.objects.filter(pk=made[0].pk).update(metadata={{"buyer": NAME, "plan": "pro"}}, order_reference=f"{{EMAIL}}/7")
of = Import.objects.create(environment="production", filename="keys.csv", digest="0" * 64)
Fault.objects.create(of=of, line=2, reason=f"{{EMAIL}} is known", values={{"email": EMAIL, "name": NAME}})
moment = of.created_at
Execution.objects.create(job=of.uuid, kind="mail.send", queue="emails", outcome="failed", attempt=1,
                         started_at=moment, message=f"No mailbox {{EMAIL}}", result={{"to": NAME}})
for format in ("json", "csv"):
    privacy.export(owner, he, format)
print(secret, named.license_key, made[0].license_key, made[3].license_key)
"""
)
TRANSFER = (
    ACTOR
    + """
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License
from keyturn.people.customers import services as customers
from keyturn.people.customers.models import Customer
services.transfer(owner, License.objects.get(license_key=KEY), "somebody.else@example.com")
he = Customer.objects.get(email=EMAIL)
customers.set_status(owner, he, "suspended", reason=f"{he.name} wrote from IP")
"""
)
DELETE = (
    ACTOR
    + """
from keyturn.operations.privacy import services as privacy
from keyturn.people.customers.models import Customer
from keyturn.platform.preferences import services as preferences
preferences.set_value("customers.on_delete", MODE)
privacy.delete(owner, Customer.objects.get(email=EMAIL), typed=EMAIL)
"""
)
AGAIN = (
    ACTOR
    + """
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License
from keyturn.people.customers.models import Customer
fresh = services.generate(owner, License.objects.first().generator, 1).licenses[0]
services.assign(owner, fresh, EMAIL)
he = Customer.objects.get(email=EMAIL)
print(he.name or "nameless", he.status, he.licenses.count())
"""
)


def _given(code: str, **values: str) -> str:
    return "\n".join(f"{name} = {value!r}" for name, value in values.items()) + "\n" + code


# What is sealed with the key of the installation is not seen in its bytes.
SEALED = (
    ACTOR
    + """
from keyturn.core import crypto
from keyturn.people.apikeys.models import StoredAnswer
from keyturn.platform.jobs import payload
from keyturn.platform.jobs.models import Job
sealed = [str(payload.unpack(job.sealed_payload)) for job in Job.objects.exclude(schedule__gt="")]
sealed += [crypto.unseal(answer.sealed_body).decode() for answer in StoredAnswer.objects.all()]
print(sum(EMAIL in text for text in sealed))
"""
)


def _use(installation: Installation, secret: str, *keys: str) -> None:
    """His programs ask the API: first uses, checks, a refusal, a repeated request."""
    with installation.serve("web", "--workers", "1", KEYTURN_TRUSTED_PROXIES="1") as server:
        for key in (*keys, "NOBODYS-KEY-0001"):
            for name, device, token in (
                ("activate", "pc-1", "once"),
                ("activate", f"{EMAIL}-laptop", ""),
                ("verify", "pc-1", ""),
                ("verify", "pc-unknown", ""),
                ("send-telemetry", f"{EMAIL}-laptop", ""),
            ):
                connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
                headers = {
                    "Content-Type": "application/x-www-form-urlencoded",
                    "X-Forwarded-For": API_IP,
                    "User-Agent": f"Editor of {EMAIL}",
                    **({"Idempotency-Key": token + key} if token else {}),
                }
                given = {"api_key": secret, "license_key": key, "hwid": device, "activation_identifier": device}
                given |= {
                    "user_identifier": EMAIL,
                    "data_type": "text",
                    "data_group": "log",
                    "text_data": f"of {EMAIL}",
                }
                connection.request("POST", f"/v1/{name}", urlencode(given), headers)
                assert "response" in json.loads(connection.getresponse().read())
                connection.close()


def _everything(installation: Installation) -> bytes:
    """All that the database holds: the bytes of the file and its journal, or a plain dump."""
    if installation.database_url:
        return subprocess.run(["pg_dump", installation.database_url], check=True, capture_output=True).stdout
    return b"".join(path.read_bytes() for path in Path(installation.folder).glob("keyturn.sqlite3*"))


def _found(installation: Installation) -> list[str]:
    held = _everything(installation).lower()
    return [f"{trace}: {_around(held, trace)!r}" for trace in TRACES if trace.lower().encode() in held]


def _around(held: bytes, trace: str) -> list[bytes]:
    return re.findall(b".{0,90}" + re.escape(trace.lower().encode()) + b".{0,30}", held, re.DOTALL)[:4]


@pytest.mark.spec("CUS-43", "CUS-44")
@pytest.mark.parametrize("mode", ["keep", "release"])
def test_nothing_in_the_database_names_a_deleted_customer(installation: Installation, mode: str) -> None:
    secret, named, kept, handed_on = installation.python(BEFORE).split()
    _use(installation, secret, named, kept, handed_on)
    installation.python(_given(TRANSFER, EMAIL=EMAIL, KEY=handed_on))
    assert len(_found(installation)) > 5
    installation.python(_given(DELETE, EMAIL=EMAIL, MODE=mode))
    with installation.worker() as worker:
        worker.wait_for("job_completed privacy.remove_traces")
    assert _found(installation) == []
    assert installation.python(_given(SEALED, EMAIL=EMAIL)) == "0"
    assert installation.python(_given(AGAIN, EMAIL=EMAIL)) == "nameless active 1"
