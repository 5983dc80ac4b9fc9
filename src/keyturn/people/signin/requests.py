"""Asking for a link by e-mail. Nothing is looked up here: known and unknown addresses cost and answer the same."""

from django.db import transaction

from keyturn.people.signin import accounts, throttling
from keyturn.people.signin.models import Link
from keyturn.people.signin.sessions import Visitor
from keyturn.platform.jobs.services import enqueue


def ask(kind: str, purpose: Link.Purpose, email: str, visitor: Visitor) -> None:
    """Have a link of this purpose sent to an address, if it has an account. Raises TooMany."""
    address = accounts.address_of(email)
    # Never told that it succeeded: every request counts.
    throttling.admit(f"{kind}.{purpose}", address, visitor.ip)
    with transaction.atomic():
        enqueue("signin.send_link", portal=kind, purpose=str(purpose), address=address, ip=visitor.ip)
