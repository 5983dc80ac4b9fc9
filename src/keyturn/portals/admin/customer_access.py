"""What an admin can do about a customer's way into the Client Portal (CUS-16)."""

from collections.abc import Callable
from dataclasses import dataclass

from keyturn.access.actors import Actor
from keyturn.licensing.licenses.models import License
from keyturn.people.customers.models import Customer
from keyturn.people.signin import invitations


@dataclass(frozen=True)
class AccessAction:
    """An action; `offered` says for whom it makes sense, `done` is what the toast says."""

    name: str
    label: str
    icon: str
    question: str
    text: str
    verb: str
    done: str
    perform: Callable[[Actor, Customer], None]
    offered: Callable[[Customer], bool]


def _invite(actor: Actor, customer: Customer) -> None:
    newest = License.objects.of(customer).select_related("product").latest_assigned().first()
    invitations.resend(actor, customer, newest.product.name if newest else "")


ACTIONS = (
    AccessAction(
        "invitation",
        "Resend Invitation",
        "mail-check",
        "Send the invitation again?",
        "It holds a link to set a password. Earlier invitations stop working.",
        "Send invitation",
        "Invitation queued",
        _invite,
        lambda customer: not customer.password and customer.status == Customer.Status.ACTIVE,
    ),
    AccessAction(
        "reset",
        "Reset Password",
        "key-square",
        "Send a password reset?",
        "It holds a link to choose a new password. The present one works until then.",
        "Send reset",
        "Password reset queued",
        invitations.send_reset,
        lambda customer: customer.status == Customer.Status.ACTIVE,
    ),
)


def offered(customer: Customer) -> list[AccessAction]:
    """What makes sense for this customer now."""
    return [action for action in ACTIONS if action.offered(customer)]
