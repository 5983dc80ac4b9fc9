"""What a new password must be, and what changing one entails."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.hashers import check_password, is_password_usable, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator, UserAttributeSimilarityValidator
from django.core.exceptions import ValidationError
from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.core.errors import Invalid
from keyturn.people.admins.models import Admin
from keyturn.people.signin import accounts, alerts, links, sessions, throttling
from keyturn.people.signin.accounts import Account
from keyturn.people.signin.models import Session
from keyturn.platform.preferences import services as preferences

LONGEST = 4096
# What admins are advised to choose.
_BETTER = 12
# Shorter first parts of an address stand in passwords by chance.
_TELLING = 4
# Typed for Django's own user model; they read attributes by name.
_VALIDATORS: tuple[Any, ...] = (
    CommonPasswordValidator(),
    UserAttributeSimilarityValidator(user_attributes=("name", "email")),
)
_CLASSES = (
    ("passwords.upper", str.isupper, "a capital letter"),
    ("passwords.lower", str.islower, "a small letter"),
    ("passwords.digit", str.isdigit, "a digit"),
    ("passwords.symbol", lambda sign: not sign.isalnum() and not sign.isspace(), "a symbol"),
)


def minimum_length(kind: str) -> int:
    """How many characters a password of a customer or an admin must have."""
    admins = kind == accounts.ADMIN
    return int(preferences.get("passwords.admin_minimum_length" if admins else "passwords.minimum_length"))


def advice(kind: str) -> str:
    """The rules in one sentence, for the page that asks for a new password."""
    wanted = [words for name, _, words in _CLASSES if kind == accounts.CUSTOMER and preferences.flag(name)]
    text = f"At least {minimum_length(kind)} characters"
    if wanted:
        text += f", with {', '.join(wanted[:-1])}{' and ' if wanted[1:] else ''}{wanted[-1]}"
    elif kind == accounts.ADMIN and minimum_length(kind) < _BETTER:
        text += f"; {_BETTER} or more with mixed classes are better"
    return text + "."


def hashed(account: Account, password: str) -> str:
    """The hash to keep of a new password. Raises Invalid naming `password` and everything that is wrong with it.

    Hashing is slow by intent: call it before a transaction, not inside.
    """
    messages = list(_faults(account, password))
    if messages:
        raise Invalid({"password": messages})
    return make_password(password)


@transaction.atomic
def store(
    actor: Actor, account: Account, hashed: str, *, event: str = "password_changed", keep: Session | None = None
) -> None:
    """Give an account a new password: other sessions and open links end, the person is told."""
    first = not account.password or not is_password_usable(account.password)
    accounts.update(account, password=hashed)
    sessions.end_all(account, keep=keep)
    links.void(account, links.Purpose.INVITATION, links.Purpose.RESET, links.Purpose.SIGN_IN)
    accounts.note(actor, account, "password_set" if first else event)
    if not first:
        alerts.send(account, alerts.Alert.PASSWORD_CHANGED, actor.ip)


def change(actor: Actor, account: Account, current: str, password: str, *, keep: Session | None) -> None:
    """Let a person change his own password; `keep` is the session he is in. Raises Invalid and TooMany."""
    confirm(actor, account, current)
    store(actor, account, hashed(account, password), keep=keep)


def confirm(actor: Actor, account: Account, current: str) -> None:
    """Raise Invalid naming `current` unless it is the person's password, TooMany after too many wrong ones."""
    attempt = throttling.admit(f"{accounts.kind_of(account)}.change", str(account.uuid), actor.ip)
    if not is_current(account, current):
        raise Invalid({"current": ["This is not your current password."]})
    attempt.succeeded()


def is_current(account: Account, password: str) -> bool:
    """Whether this is the person's present password."""
    return bool(account.password) and check_password(password, account.password)


def _faults(account: Account, password: str) -> Iterator[str]:
    kind = accounts.kind_of(account)
    if len(password) < minimum_length(kind):
        yield f"Use at least {minimum_length(kind)} characters."
    if len(password) > LONGEST:
        yield f"Use at most {LONGEST:,} characters."
        return
    if not isinstance(account, Admin):
        for name, belongs, words in _CLASSES:
            if preferences.flag(name) and not any(belongs(sign) for sign in password):
                yield f"Use {words}."
    name = account.email.partition("@")[0]
    if len(name) >= _TELLING and name in password.lower():
        yield "Use a password without your e-mail address in it."
    for validator in _VALIDATORS:
        try:
            validator.validate(password, account)
        except ValidationError as refusal:
            yield from refusal.messages
    if is_current(account, password):
        yield "Choose another password than the present one."
