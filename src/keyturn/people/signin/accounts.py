"""Customers and admins sign in by the same machinery; this is all that differs in it."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from keyturn.access.actors import Actor
from keyturn.access.permissions import CUSTOMER as CUSTOMER_RIGHTS
from keyturn.core.errors import Invalid
from keyturn.core.text import EMAIL_LENGTH, clean_email
from keyturn.people.admins.models import Admin
from keyturn.people.customers.models import Customer
from keyturn.people.signin.models import Authenticator, Link, RecoveryCode, Session, SignIn
from keyturn.platform.audit import services as audit
from keyturn.platform.logs import visits

Account = Customer | Admin
_Row = TypeVar("_Row", bound=Model)
CUSTOMER, ADMIN = "customer", "admin"
CLOSED = {
    "active": "This account does not exist any more.",
    "inactive": "Your account is not active. Contact support to have it opened again.",
    "suspended": "Your account is suspended. Contact support to have it opened again.",
}


def kind_of(account: Account) -> str:
    """`customer` or `admin`: the portal, the owner field and the first word of the events."""
    return CUSTOMER if isinstance(account, Customer) else ADMIN


def address_of(text: str) -> str:
    """An e-mail address as it is kept, from what somebody typed. It need not be one."""
    try:
        return clean_email(text)
    except Invalid:
        return unicodedata.normalize("NFC", text.strip()).lower()[:EMAIL_LENGTH]


def find(kind: str, address: str) -> Account | None:
    """The account of this kind with this address."""
    people: QuerySet[Any] = Customer.objects.all() if kind == CUSTOMER else Admin.objects.all()
    found: Account | None = people.filter(email=address).first()
    return found


def closed(account: Account) -> str:
    """Why this person may not sign in, in words for him; empty when he may."""
    if isinstance(account, Admin):
        return "" if account.is_active else "Your account is not active. Ask a Super Admin to open it again."
    return "" if account.status == Customer.Status.ACTIVE and not account.erased_at else CLOSED[account.status]


def owner(account: Account) -> dict[str, Any]:
    """The field of an owned row that names `account`, for filters and new rows."""
    return {kind_of(account): account}


def of(rows: "QuerySet[_Row]", account: Account) -> "QuerySet[_Row]":
    """Those of `rows` that belong to `account`."""
    return rows.filter(**owner(account))


def update(account: Account, **values: Any) -> None:
    """Change fields of an account that nobody edits by hand."""
    for name, value in values.items():
        setattr(account, name, value)
    type(account)._default_manager.filter(pk=account.pk).update(**values)


def themselves(account: Account, *, ip: str = "") -> Actor:
    """The person as the author of what he does to his own account, before or without a session."""
    request = visits.current().request_id
    if isinstance(account, Customer):
        return Actor("customer", id=str(account.uuid), permissions=CUSTOMER_RIGHTS, ip=ip, request_id=request)
    return Actor("admin", id=str(account.uuid), ip=ip, request_id=request)


def note(actor: Actor, account: Account, event: str, **changes: Any) -> None:
    """Put `customer.<event>` or `admin.<event>` on record, and on the timeline of a customer."""
    audit.record(actor, _entry(account, event, changes))


def note_all(actor: Actor, people: Iterable[Account], event: str) -> None:
    """As `note`, for each of `people`."""
    audit.record_many(actor, [_entry(account, event, {}) for account in people])


def _entry(account: Account, event: str, changes: Mapping[str, Any]) -> audit.Entry:
    kind, customer = kind_of(account), account.uuid if isinstance(account, Customer) else None
    return audit.Entry(f"{kind}.{event}", (kind, account.uuid), changes, customer=customer)


def addresses(account: Account) -> set[str]:
    """The internet addresses from which he signed in, or tried to."""
    rows = (Session.objects.filter(viewer=None), SignIn.objects.all())
    return {ip for part in rows for ip in of(part, account).values_list("ip", flat=True) if ip}


def forget(account: Account) -> None:
    """Remove what signing in has left of a person: sessions, links, second factor, history."""
    for model in (Session, Link, Authenticator, RecoveryCode, SignIn):
        of(model._default_manager.all(), account).delete()
