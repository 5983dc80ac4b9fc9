"""Links that an admin, or what an admin does, has sent to a person."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, Right, require, require_own
from keyturn.core.errors import Refused
from keyturn.people.customers.models import Customer
from keyturn.people.signin import accounts, alerts, links, second_factor, throttling
from keyturn.people.signin.accounts import Account
from keyturn.people.signin.links import Purpose
from keyturn.people.signin.models import Link
from keyturn.platform.mail import services as mail

_TEMPLATES = {
    (accounts.CUSTOMER, Purpose.INVITATION): "customer-invitation",
    (accounts.CUSTOMER, Purpose.SIGN_IN): "magic-link",
    (accounts.CUSTOMER, Purpose.RESET): "password-reset",
    (accounts.CUSTOMER, Purpose.VERIFY): "email-verification",
    (accounts.ADMIN, Purpose.INVITATION): "admin-invitation",
    (accounts.ADMIN, Purpose.RESET): "admin-password-reset",
}


def invite(actor: Actor, customer: Customer, product: str) -> None:
    """Welcome a customer who has just been made, in the transaction of the assignment (CUS-20, CUS-23)."""
    invite_many(actor, {customer: product})


def invite_many(actor: Actor, products: Mapping[Customer, str]) -> None:
    """As `invite`, for many customers with their product, in a few statements for all of them."""
    people = list(products)
    issued = links.issue_many(people, Purpose.INVITATION)
    mail.queue_many(
        [
            _letter(customer, Purpose.INVITATION, address, link, product_name=products[customer])
            for customer, (address, link) in zip(people, issued, strict=True)
        ]
    )
    accounts.note_all(actor, people, "invited")


@transaction.atomic
def resend(actor: Actor, customer: Customer, product: str) -> None:
    """Invite a customer again who has no password yet; older invitations are void. Raises Refused."""
    require(actor, Permission.MANAGE_CUSTOMERS)
    if customer.password:
        raise Refused("This customer has set a password. Send a password reset instead.")
    _must_be_open(customer)
    links.void(customer, Purpose.INVITATION)
    invite(actor, customer, product)


@transaction.atomic
def send_reset(actor: Actor, customer: Customer) -> None:
    """Send a customer a link to choose a new password. Raises Refused."""
    require(actor, Permission.MANAGE_CUSTOMERS)
    _must_be_open(customer)
    links.void(customer, Purpose.RESET)
    send(customer, Purpose.RESET)
    accounts.note(actor, customer, "password_reset_requested")


def pauses(customer: Customer) -> tuple[timedelta, timedelta]:
    """How long a customer must wait who gave too many wrong passwords, and wrong codes; zero when he need not."""
    password, code = _counted(customer)
    return throttling.wait(password), throttling.wait(code)


@transaction.atomic
def lift_pause(actor: Actor, customer: Customer) -> None:
    """Let a customer try again who failed to sign in too often."""
    require(actor, Permission.MANAGE_CUSTOMERS)
    for realm, account in _counted(customer):
        throttling.lift(realm, account)
    accounts.note(actor, customer, "unlocked")


@transaction.atomic
def send_verification(actor: Actor, customer: Customer) -> None:
    """Send a customer, who asks for it, a link that confirms his address. Raises Refused."""
    require_own(actor, Right.EDIT_PROFILE, customer.uuid)
    if customer.email_verified_at:
        raise Refused("Your e-mail address is confirmed already.")
    throttling.admit(f"{accounts.CUSTOMER}.{Purpose.VERIFY}", customer.email, actor.ip)
    send(customer, Purpose.VERIFY)


def send(account: Account, purpose: Link.Purpose, *, ip: str = "", **more: str) -> str:
    """Issue a link and queue the mail that carries it; gives the link. Who may ask is the caller's business."""
    address, link = links.issue(account, purpose)
    mail.queue_many([_letter(account, purpose, address, link, ip_address=ip, **more)])
    return address


def _letter(account: Account, purpose: Link.Purpose, address: str, link: Link, **more: str) -> mail.Letter:
    kind = accounts.kind_of(account)
    variables = {
        f"{kind}_name": account.name,
        "action_url": address,
        "expiry_date": alerts.in_words(link.expires_at),
        "ip_address": "",
        **more,
    }
    customer = account.uuid if isinstance(account, Customer) else None
    return mail.Letter(_TEMPLATES[kind, purpose], account.email, variables, customer, key=f"link:{link.pk}")


def _counted(customer: Customer) -> list[tuple[str, str]]:
    return [(accounts.CUSTOMER, customer.email), (second_factor.realm(customer), str(customer.uuid))]


def _must_be_open(customer: Customer) -> None:
    if accounts.closed(customer):
        raise Refused("This account is not active. Change its status first.")
