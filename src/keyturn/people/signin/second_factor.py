"""The second factor: six digits from an authenticator app (TOTP, RFC 6238), or a recovery code."""

import secrets
from dataclasses import dataclass
from io import BytesIO

import pyotp
import segno
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from keyturn.access.actors import Actor
from keyturn.core import crypto
from keyturn.core.clock import now
from keyturn.core.errors import Invalid, Refused
from keyturn.people.admins.models import Admin
from keyturn.people.customers.models import Customer
from keyturn.people.signin import accounts, alerts, history, throttling
from keyturn.people.signin.accounts import Account
from keyturn.people.signin.alerts import Alert
from keyturn.people.signin.models import Authenticator, RecoveryCode
from keyturn.platform.preferences import services as preferences

STEP = 30
_NUMBER_OF_CODES = {accounts.CUSTOMER: 10, accounts.ADMIN: 8}
# Without the letters and digits that people mix up.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
WRONG = "This code is not right. Take the one the app shows now."


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs: the address to scan, or the secret to type."""

    secret: str
    uri: str

    @property
    def spelled(self) -> str:
        """The secret in groups of four."""
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))

    @property
    def svg(self) -> str:
        """The QR code as a file, black on white with its quiet zone."""
        file = BytesIO()
        segno.make(self.uri, error="m").save(file, kind="svg", scale=5, light="white")
        return file.getvalue().decode()

    @property
    def side(self) -> int:
        """How many modules the QR code measures, quiet zone included."""
        return len(self._rows)

    @property
    def dark(self) -> str:
        """The dark modules as a path, for a page that allows no inline styles."""
        return "".join(
            f"M{x} {y}h1v1h-1z" for y, row in enumerate(self._rows) for x, module in enumerate(row) if module
        )

    @property
    def _rows(self) -> list[bytes]:
        return [bytes(row) for row in segno.make(self.uri, error="m").matrix_iter(border=4)]


def is_on(account: Account) -> bool:
    """Whether signing in takes a code."""
    return _mine(account).exclude(confirmed_at=None).exists()


def enrol(account: Account) -> Enrolment:
    """The secret that is about to be shared; the same until it is confirmed."""
    row, _ = Authenticator.objects.get_or_create(**accounts.owner(account))
    if not row.sealed_next:
        fresh = crypto.seal(pyotp.random_base32().encode())
        _mine(account).filter(sealed_next="").update(sealed_next=fresh)
    found = pending(account)
    assert found is not None
    return found


def pending(account: Account) -> Enrolment | None:
    """What `enrol` gave, while it waits for a code."""
    row = _mine(account).exclude(sealed_next="").first()
    if row is None:
        return None
    secret = crypto.unseal(row.sealed_next).decode()
    issuer = preferences.text("general.app_name")
    return Enrolment(secret, pyotp.TOTP(secret, name=account.email, issuer=issuer).provisioning_uri())


@transaction.atomic
def confirm(actor: Actor, account: Account, code: str) -> list[str]:
    """Turn the second factor on by a code of the app; gives the recovery codes. Raises Invalid."""
    row = _mine(account).exclude(sealed_next="").first()
    step = _matching_step(crypto.unseal(row.sealed_next).decode(), code) if row else None
    if row is None or step is None:
        raise Invalid({"code": [WRONG]})
    _mine(account).update(sealed_secret=row.sealed_next, sealed_next="", confirmed_at=now(), last_step=step)
    if isinstance(account, Customer):
        accounts.update(account, totp_enabled_at=now())
    accounts.note(actor, account, "totp_enabled")
    alerts.send(account, Alert.TOTP_ON, actor.ip)
    return _fresh_codes(account)


def give_up(account: Account) -> None:
    """Forget a secret that was shown and never confirmed."""
    _mine(account).update(sealed_next="")


def accept(account: Account, code: str, *, ip: str) -> str:
    """Take a code of the app or a recovery code: `code` or `recovery`, empty when it is neither. Each counts once.

    Raises TooMany after too many wrong ones.
    """
    attempt = throttling.admit(realm(account), str(account.uuid), ip)
    typed = "".join(code.split()).replace("-", "").upper()
    method = "code" if _accept_totp(account, typed) else "recovery" if _accept_recovery(account, typed, ip) else ""
    if method:
        attempt.succeeded()
    elif attempt.last:
        history.paused(account, ip)
    return method


@transaction.atomic
def turn_off(actor: Actor, account: Account) -> None:
    """Turn the second factor off; whoever asks has shown a code, or may reset it. Raises Refused."""
    if not is_on(account):
        raise Refused("Two-factor sign-in is off already.")
    _mine(account).delete()
    _codes(account).delete()
    if isinstance(account, Customer):
        accounts.update(account, totp_enabled_at=None)
    accounts.note(actor, account, "totp_disabled")
    alerts.send(account, Alert.TOTP_OFF, actor.ip)


@transaction.atomic
def renew_codes(actor: Actor, account: Account) -> list[str]:
    """New recovery codes; the old ones are void."""
    codes = _fresh_codes(account)
    accounts.note(actor, account, "recovery_codes_created")
    alerts.send(account, Alert.RECOVERY_RENEWED, actor.ip)
    return codes


def codes_left(account: Account) -> int:
    """How many recovery codes are unused."""
    return _codes(account).filter(used_at=None).count()


def unused_codes(admin: Admin) -> list[str]:
    """An admin's unused recovery codes, to be shown again."""
    return [crypto.unseal(row.sealed).decode() for row in _codes(admin).filter(used_at=None).order_by("pk")]


def realm(account: Account) -> str:
    """Where wrong codes of this person are counted."""
    return f"{accounts.kind_of(account)}.code"


def _accept_totp(account: Account, code: str) -> bool:
    row = _mine(account).exclude(confirmed_at=None).first()
    step = _matching_step(crypto.unseal(row.sealed_secret).decode(), code) if row else None
    # The UPDATE picks the winner of two that send the same code at once.
    return step is not None and bool(_mine(account).filter(last_step__lt=step).update(last_step=step))


def _matching_step(secret: str, code: str) -> int | None:
    current, app = int(now().timestamp()) // STEP, pyotp.TOTP(secret)
    code = "".join(code.split())
    return next(
        (step for step in (current, current - 1, current + 1) if crypto.same(app.generate_otp(step), code)), None
    )


def _accept_recovery(account: Account, code: str, ip: str) -> bool:
    rows = _codes(account).filter(code_hash=_code_hash(account, code), used_at=None)
    if not rows.update(used_at=now()):
        return False
    actor = accounts.themselves(account, ip=ip)
    accounts.note(actor, account, "recovery_code_used", left=codes_left(account))
    alerts.send(account, Alert.RECOVERY_USED, actor.ip)
    return True


def _fresh_codes(account: Account) -> list[str]:
    _codes(account).delete()
    drawn = [
        "".join(secrets.choice(_ALPHABET) for _ in range(12))
        for _ in range(_NUMBER_OF_CODES[accounts.kind_of(account)])
    ]
    shown = [f"{one[:4]}-{one[4:8]}-{one[8:]}" for one in drawn]
    again = isinstance(account, Admin)
    RecoveryCode.objects.bulk_create(
        RecoveryCode(
            **accounts.owner(account),
            code_hash=_code_hash(account, one),
            sealed=crypto.seal(text.encode()) if again else "",
        )
        for one, text in zip(drawn, shown, strict=True)
    )
    return shown


def _code_hash(account: Account, code: str) -> str:
    # Keyed: a copy of the database alone does not let anybody try out what 12 characters can be.
    return salted_hmac("keyturn.recovery", f"{account.uuid}\n{code}", algorithm="sha256").hexdigest()


def _mine(account: Account) -> QuerySet[Authenticator]:
    return accounts.of(Authenticator.objects.all(), account)


def _codes(account: Account) -> QuerySet[RecoveryCode]:
    return accounts.of(RecoveryCode.objects.all(), account)
