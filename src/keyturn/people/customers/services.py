"""Changing customers. There is no way to create one without a license: see licenses.services.assign."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import CUSTOMER, Permission, Right, require, require_own
from keyturn.core.clock import now
from keyturn.core.errors import Changed, Invalid
from keyturn.core.inserting import insert_free_rows
from keyturn.core.text import clean_email, clean_line
from keyturn.people.customers.models import NAME_LENGTH, Customer, CustomerSettings
from keyturn.people.customers.sorting import folded
from keyturn.people.signin import sessions
from keyturn.platform.audit import services as audit

DELETED = "Deleted Customer"


def actor_of(customer: Customer, *, request_id: str = "", ip: str = "") -> Actor:
    """A customer as the author of changes to what is his own."""
    return Actor("customer", id=str(customer.uuid), permissions=CUSTOMER, request_id=request_id, ip=ip)


def find_or_create(actor: Actor, email: str, *, name: str = "") -> tuple[Customer, bool]:
    """The customer with this address, made if there is none; call it in the assignment's transaction.

    Parallel first assignments to one address meet the unique constraint: one makes the row, the others
    read it. A known customer keeps his name. Raises Invalid for `email` or `name`.
    """
    address, name = clean_person(email, name)
    found = Customer.objects.filter(email=address).first()
    if found is not None:
        return found, False
    fresh = Customer(email=address, name=name)
    Customer.objects.bulk_create([fresh], ignore_conflicts=True)
    row = Customer.objects.get(email=address)
    if row.uuid != fresh.uuid:
        return row, False
    audit.record(
        actor,
        audit.Entry(
            "customer.created",
            ("customer", row.uuid),
            customer=row.uuid,
            personal={"email": address, "name": name},
        ),
    )
    return row, True


def clean_person(email: str, name: str) -> tuple[str, str]:
    """The canonical address and the name, as they are stored. Raises Invalid for `email` and `name`, or both."""
    try:
        cleaned = _clean_name(name)
    except Invalid as wrong:
        try:
            clean_email(email)
        except Invalid as error:
            raise Invalid({**error.errors, **wrong.errors}) from error
        raise
    return clean_email(email), cleaned


def find_or_create_many(actor: Actor, people: Mapping[str, str]) -> tuple[dict[str, Customer], set[str]]:
    """The customers with these addresses (canonical, mapped to names), and which of them are new.

    As `find_or_create`, in a few statements for all of them.
    """
    known = {row.email: row for row in Customer.objects.filter(email__in=people)}
    # In one order everywhere, or two imports could wait for each other.
    fresh = [Customer(email=email, name=_clean_name(people[email])) for email in sorted(set(people) - set(known))]
    if not fresh:
        return known, set()
    insert_free_rows(fresh)
    keys = dict(Customer.objects.filter(uuid__in=[row.uuid for row in fresh]).values_list("uuid", "pk"))
    made = [row for row in fresh if row.uuid in keys]
    for row in made:
        row.pk = keys[row.uuid]
    stored = {row.email: row for row in made}
    if len(made) < len(fresh):
        others = {row.email for row in fresh} - set(stored)
        stored |= {row.email: row for row in Customer.objects.filter(email__in=others)}
    audit.record_many(
        actor,
        [
            audit.Entry(
                "customer.created",
                ("customer", row.uuid),
                customer=row.uuid,
                personal={"email": row.email, "name": row.name},
            )
            for row in made
        ],
    )
    return known | stored, {row.email for row in made}


@transaction.atomic
def rename(actor: Actor, customer: Customer, name: str) -> Customer:
    """Give a customer another full name; an empty one shows as N/A. Raises Invalid."""
    require(actor, Permission.MANAGE_CUSTOMERS)
    return _rename(actor, customer, _clean_name(name))


@transaction.atomic
def rename_self(actor: Actor, customer: Customer, name: str) -> Customer:
    """Let a customer change his own name, which must not be empty. Raises Invalid (CLP-50)."""
    require_own(actor, Right.EDIT_PROFILE, customer.uuid)
    name = _clean_name(name)
    if not name:
        raise Invalid({"name": ["Enter your name."]})
    return _rename(actor, customer, name)


def _rename(actor: Actor, customer: Customer, name: str) -> Customer:
    before = customer.name
    if name == before:
        return customer
    _update(customer, name=name, sort_name=folded(name))
    audit.record(
        actor,
        audit.Entry(
            "customer.updated",
            ("customer", customer.uuid),
            {"fields": ["name"]},
            customer=customer.uuid,
            personal={"name": [before, name]},
        ),
    )
    return customer


@transaction.atomic
def set_status(actor: Actor, customer: Customer, status: str, *, reason: str) -> Customer:
    """Change whether a customer may sign in to the Client Portal; his licenses go on. Raises Invalid."""
    require(actor, Permission.MANAGE_CUSTOMERS)
    errors: dict[str, list[str]] = {}
    if status not in Customer.Status.values:
        errors["status"] = ["Choose Active, Inactive or Suspended."]
    reason = clean_line(reason)
    if not 1 <= len(reason) <= 500:
        errors["reason"] = ["Enter the reason, in at most 500 characters."]
    if errors:
        raise Invalid(errors)
    before = customer.status
    if status == before:
        return customer
    _update(customer, status=status)
    if status != Customer.Status.ACTIVE:
        sessions.shut_out(customer)
    audit.record(
        actor,
        audit.Entry(
            "customer.status_changed",
            ("customer", customer.uuid),
            {"status": [before, status]},
            customer=customer.uuid,
            note=reason,
        ),
    )
    return customer


def erase(customer: Customer, *, keep: bool) -> None:
    """Remove the person; with `keep` the row stays as Deleted Customer, for what still names it.

    Who may, what else goes and the record of it are the business of operations.privacy.
    """
    if not keep:
        customer.delete()
        return
    CustomerSettings.objects.filter(customer=customer).delete()
    Customer.objects.filter(pk=customer.pk).update(
        name=DELETED,
        sort_name=None,
        email=f"deleted-{customer.uuid}",
        status=Customer.Status.INACTIVE,
        password="",
        email_verified_at=None,
        last_login_at=None,
        totp_enabled_at=None,
        erased_at=now(),
        version=F("version") + 1,
    )


def _clean_name(name: str) -> str:
    name = clean_line(name)
    if len(name) > NAME_LENGTH:
        raise Invalid({"name": [f"Enter a name of at most {NAME_LENGTH} characters."]})
    return name


def _update(customer: Customer, **values: str | None) -> None:
    changed = Customer.objects.filter(pk=customer.pk, version=customer.version, erased_at=None).update(
        version=F("version") + 1, **values
    )
    if not changed:
        raise Changed
    customer.refresh_from_db()
