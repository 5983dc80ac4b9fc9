"""Passkeys of admins (WebAuthn Level 3): a device that knows its owner is password and second factor at once.

A challenge is signed, not stored, so that asking for one leaves nothing behind; the answer to it is noted, so
that it counts once.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from django.core.signing import BadSignature, TimestampSigner
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.core.errors import Invalid, Refused
from keyturn.core.text import clean_line
from keyturn.people.admins.models import Admin
from keyturn.people.signin import accounts, alerts, history, throttling
from keyturn.people.signin.models import Passkey, UsedChallenge
from keyturn.people.signin.refusals import SignInRefused
from keyturn.people.signin.sessions import Visitor
from keyturn.platform.preferences import services as preferences

CHALLENGE_TIME = timedelta(minutes=5)
NAME_LENGTH = 100
MOST = 20
_ADD, _SIGN_IN = "add", "sign-in"
_LATE = "This took too long, or was done already. Try again."
_WRONG = "This passkey was not accepted. Use your password instead, or try again."
_REQUIRED: Final = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True, slots=True)
class Site:
    """Where the portal is open: `https://keys.example.com`, without a path."""

    origin: str

    @property
    def host(self) -> str:
        """The name that passkeys are bound to (relying party ID)."""
        return urlsplit(self.origin).hostname or ""

    @property
    def usable(self) -> bool:
        """Whether browsers allow passkeys here: names with TLS, and this machine by its name."""
        local = self.host == "localhost" or self.host.endswith(".localhost")
        return local or (self.origin.startswith("https://") and not _is_address(self.host))


@dataclass(frozen=True, slots=True)
class Request:
    """What a browser is asked: `options` as JSON, and the `ticket` that comes back with its answer."""

    options: str
    ticket: str


def of(admin: Admin) -> QuerySet[Passkey]:
    """An admin's passkeys, the oldest first."""
    return accounts.of(Passkey.objects.order_by("pk"), admin)


def ask_to_add(admin: Admin, site: Site) -> Request:
    """Have a browser make a passkey for an admin. Raises Refused where none can be made, and beyond 20."""
    if not site.usable:
        raise Refused("Passkeys need an https:// address, or localhost.")
    known = list(of(admin).values_list("credential_id", flat=True))
    if len(known) >= MOST:
        raise Refused(f"You have {MOST} passkeys. Remove one first.")
    challenge, ticket = _challenge(_ADD, str(admin.uuid))
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=preferences.text("general.app_name"),
        user_id=admin.uuid.bytes,
        user_name=admin.email,
        user_display_name=admin.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(one)) for one in known],
    )
    return Request(options_to_json(options), ticket)


@transaction.atomic
def add(actor: Actor, admin: Admin, site: Site, *, name: str, ticket: str, answer: str) -> Passkey:
    """Keep the passkey that a browser made. Raises Invalid naming `name` or `passkey`."""
    name = clean_line(name)[:NAME_LENGTH]
    if not name:
        raise Invalid({"name": ["Enter a name, such as the device it is on."]})
    challenge = _expected(_ADD, str(admin.uuid), ticket)
    if challenge is None:
        raise Invalid({"passkey": [_LATE]})
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as fault:
        raise Invalid({"passkey": ["Your device's answer was not accepted. Try again."]}) from fault
    credential = bytes_to_base64url(made.credential_id)
    _use(challenge)
    if Passkey.objects.filter(credential_id=credential).exists():
        raise Invalid({"passkey": ["This passkey is registered already."]})
    kept = Passkey.objects.create(
        admin=admin,
        name=name,
        host=site.host,
        credential_id=credential,
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
    )
    accounts.note(actor, admin, "passkey_added", name=name)
    alerts.send(admin, alerts.Alert.PASSKEY_ADDED, actor.ip)
    return kept


@transaction.atomic
def remove(actor: Actor, admin: Admin, uuid: UUID) -> str:
    """Take one of an admin's passkeys away; its name, empty when there is none."""
    found = of(admin).filter(uuid=uuid).first()
    if found is None or not of(admin).filter(pk=found.pk).delete()[0]:
        return ""
    accounts.note(actor, admin, "passkey_removed", name=found.name)
    alerts.send(admin, alerts.Alert.PASSKEY_REMOVED, actor.ip)
    return found.name


def ask_who(site: Site) -> Request:
    """Have a browser offer the passkeys that it has for this site. Raises Refused where it cannot have any."""
    if not site.usable:
        raise Refused("Passkeys need an https:// address, or localhost.")
    challenge, ticket = _challenge(_SIGN_IN)
    options = generate_authentication_options(rp_id=site.host, challenge=challenge, user_verification=_REQUIRED)
    return Request(options_to_json(options), ticket)


def authenticate(site: Site, visitor: Visitor, *, ticket: str, answer: str) -> Admin:
    """The active admin whose passkey signed this challenge, both factors at once. Raises SignInRefused.

    What it refuses counts against the passkey and the address (throttling), known or not.
    """
    credential = _credential_of(answer)
    attempt = throttling.admit("admin.passkey", credential, visitor.ip)
    challenge = _expected(_SIGN_IN, "", ticket)
    if challenge is None:
        attempt.withdraw()
        raise SignInRefused(_LATE)
    passkey = Passkey.objects.select_related("admin").filter(credential_id=credential).first()
    admin = passkey.admin if passkey else None
    if passkey is None or admin is None or not _signed(passkey, site, challenge, answer):
        history.refused(accounts.ADMIN, admin, visitor, history.Result.WRONG_PASSKEY)
        raise SignInRefused(_WRONG)
    attempt.succeeded()
    if message := accounts.closed(admin):
        history.refused(accounts.ADMIN, admin, visitor, history.Result.NOT_ACTIVE)
        raise SignInRefused(message)
    return admin


@transaction.atomic
def _signed(passkey: Passkey, site: Site, challenge: bytes, answer: str) -> bool:
    try:
        shown = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
        _use(challenge)
    except (WebAuthnException, ValueError, Invalid):
        return False
    Passkey.objects.filter(pk=passkey.pk).update(sign_count=shown.new_sign_count, last_used_at=now())
    return True


def _challenge(purpose: str, subject: str = "") -> tuple[bytes, str]:
    challenge = secrets.token_bytes(32)
    return challenge, _signer(purpose, subject).sign(bytes_to_base64url(challenge))


def _expected(purpose: str, subject: str, ticket: str) -> bytes | None:
    try:
        return base64url_to_bytes(_signer(purpose, subject).unsign(ticket, max_age=CHALLENGE_TIME))
    except BadSignature:
        return None


def _use(challenge: bytes) -> None:
    try:
        with transaction.atomic():
            UsedChallenge.objects.create(challenge_hash=hashlib.sha256(challenge).hexdigest())
    except IntegrityError as again:
        raise Invalid({"passkey": [_LATE]}) from again


def _signer(purpose: str, subject: str) -> TimestampSigner:
    return TimestampSigner(salt=f"keyturn.passkey.{purpose}.{subject}")


def _credential_of(answer: str) -> str:
    try:
        told: Any = json.loads(answer)
    except ValueError:
        return ""
    given = told.get("id") if isinstance(told, Mapping) else None
    return given if isinstance(given, str) else ""


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
