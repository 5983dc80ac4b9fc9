"""Issuing offline files."""

import hashlib
import re
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, Right, require, require_own
from keyturn.core.clock import now
from keyturn.core.errors import Invalid, Refused
from keyturn.core.text import clean_line
from keyturn.licensing.licenses import facts, traces
from keyturn.licensing.licenses.events import license_entry, snapshot
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import DeviceStatus, Status
from keyturn.licensing.offline import document
from keyturn.licensing.offline.document import Terms
from keyturn.licensing.offline.models import IssuedFile
from keyturn.licensing.signing import services as signing
from keyturn.people.customers.models import Customer
from keyturn.platform.audit import services as audit

TEST_HOURS: Final = 24
FILE_NAME: Final = "license.lic"
_SLICE: Final = 5000
_HOST: Final = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")


def why_not(license: License) -> str:
    """Why no offline file can be issued for `license` now, or "" (OFF-10, OFF-16)."""
    if license.status not in (Status.ASSIGNED, Status.ACTIVE):
        return f"This license is {license.status}. Offline files are issued for assigned and active licenses."
    if not license.product.offline_allowed:
        return "Offline support of this product is switched off."
    return ""


def issue(actor: Actor, license: License, terms: Terms, *, environment: str = "") -> str:
    """A signed file, recorded and audited. `environment`, if given, must be the license's.

    Raises Invalid for a binding or option, Refused when nothing may be issued.
    """
    require(actor, Permission.MANAGE_LICENSES)
    terms = _clean(terms)
    if environment and environment != license.environment:
        raise Invalid({"environment": [f"This license belongs to {license.environment}. Leave the field out."]})
    return _issue(actor, license, terms)


def issue_own(actor: Actor, activation: Activation) -> str:
    """A file for a customer, bound to one of his active devices (OFF-15). Raises Refused."""
    license = activation.license
    require_own(actor, Right.OFFLINE_FILE, license.customer.uuid if license.customer else None)
    if activation.status != DeviceStatus.ACTIVE:
        raise Refused("This device is not active any more. Activate it again first.")
    return _issue(actor, license, Terms.bound_to(activation.kind, activation.identifier))


def issue_test(actor: Actor, license: License) -> str:
    """A file to try a program with: it ends after 24 hours at the latest (OFF-19). Raises Refused."""
    require(actor, Permission.MANAGE_LICENSES)
    at = now().replace(microsecond=0)
    end = min(at + timedelta(hours=TEST_HOURS), license.expires_at or at + timedelta(hours=TEST_HOURS))
    terms = Terms(grace_days=0, allow_grace=False, strict_expiry=True)
    pair = _pair(license)
    text = _text(license, pair, terms, at, end)
    audit.record(actor, license_entry("license.offline_test_issued", license, snapshot(license), key_id=pair))
    return text


@transaction.atomic
def _issue(actor: Actor, license: License, terms: Terms) -> str:
    pair = _pair(license)
    at = now().replace(microsecond=0)
    text = _text(license, pair, terms, at, license.expires_at)
    options = asdict(terms)
    bindings = {name: options.pop(name) for name in ("hardware_id", "domain", "usb_serial")}
    file = IssuedFile.objects.create(
        license=license,
        key_pair=pair,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        **bindings,
        options=options,
        license_version=license.version,
        ends_at=license.expires_at,
        issued_at=at,
    )
    entry = license_entry(
        "license.offline_issued", license, snapshot(license), file=file.sha256, key_id=pair, options=options
    )
    audit.record(actor, replace(entry, personal=bindings) if license.customer else entry)
    return text


def forget(customer: Customer) -> None:
    """Blank bindings that name a customer who is being deleted, in files of licenses that are or were his."""
    ids = traces.ever_owned(customer)
    for field in ("hardware_id", "domain", "usb_serial"):
        rows = IssuedFile.objects.filter(traces.naming(customer, field))
        for part in range(0, len(ids), _SLICE):
            rows.filter(license_id__in=ids[part : part + _SLICE]).update(**{field: ""})


def _pair(license: License) -> str:
    if problem := why_not(license):
        raise Refused(problem)
    pair = signing.signing_pair(str(license.product.uuid))
    if pair is None:
        raise Refused("The signing keys of this product are still being made. Try again in a minute.")
    return str(pair.uuid)


def _text(license: License, pair: str, terms: Terms, at: datetime, ends: datetime | None) -> str:
    found = facts.of_license(license, pair)
    return document.text(document.signed(found, pair, terms, environment=license.environment, at=at, ends=ends))


def _clean(terms: Terms) -> Terms:
    errors = {}
    terms = replace(
        terms,
        hardware_id=clean_line(terms.hardware_id),
        domain=clean_line(terms.domain).lower(),
        usb_serial=clean_line(terms.usb_serial),
    )
    if not 0 <= terms.grace_days <= 365:
        errors["grace_days"] = ["Enter a number of days from 0 to 365."]
    if len(terms.hardware_id) > 255:
        errors["hardware_id"] = ["Enter at most 255 characters."]
    if len(terms.usb_serial) > 100:
        errors["usb_serial"] = ["Enter at most 100 characters."]
    if terms.domain and (terms.usb or not _HOST.fullmatch(terms.domain)):
        errors["domain"] = [
            "Leave the domain empty: a drive moves between machines."
            if terms.usb
            else "Enter a host name such as app.example.com, without https:// or a port."
        ]
    if errors:
        raise Invalid(errors)
    return terms
