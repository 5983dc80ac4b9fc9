"""Links sent by e-mail: a random token, kept as its hash, good for one purpose, once, for a while."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from keyturn.core import crypto
from keyturn.core.clock import now
from keyturn.people.signin import accounts
from keyturn.people.signin.accounts import Account
from keyturn.people.signin.models import Link
from keyturn.platform.preferences import services as preferences
from keyturn.platform.preferences.addresses import base_url

Purpose = Link.Purpose
# Setting and the length of its unit.
_LIFETIMES = {
    Purpose.INVITATION: ("links.invitation_hours", timedelta(hours=1)),
    Purpose.SIGN_IN: ("links.magic_minutes", timedelta(minutes=1)),
    Purpose.RESET: ("links.reset_minutes", timedelta(minutes=1)),
    Purpose.VERIFY: ("links.invitation_hours", timedelta(hours=1)),
}
# A customer's token is a parameter: servers and Django log paths of refused requests, never parameters.
_PATHS = {
    (accounts.CUSTOMER, Purpose.INVITATION): "/customer/invitation?token={}",
    (accounts.CUSTOMER, Purpose.SIGN_IN): "/customer/link?token={}",
    (accounts.CUSTOMER, Purpose.RESET): "/customer/reset?token={}",
    (accounts.CUSTOMER, Purpose.VERIFY): "/customer/verify?token={}",
    (accounts.ADMIN, Purpose.INVITATION): "/welcome/{}",
    (accounts.ADMIN, Purpose.RESET): "/welcome/{}",
}


class Fault(StrEnum):
    """Why a link is not good."""

    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"


class DeadLink(Exception):
    """The link cannot be followed; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def issue(account: Account, purpose: Link.Purpose) -> tuple[str, Link]:
    """A fresh link: its full address, told nowhere else, and its row."""
    return issue_many([account], purpose)[0]


def issue_many(people: Sequence[Account], purpose: Link.Purpose) -> list[tuple[str, Link]]:
    """As `issue`, for each of `people`, by one statement."""
    tokens = [crypto.new_token() for _ in people]
    name, unit = _LIFETIMES[purpose]
    moment = now()
    ends = moment + preferences.get(name) * unit
    made = Link.objects.bulk_create(
        Link(
            **accounts.owner(account),
            purpose=purpose,
            token_hash=crypto.token_hash(token),
            created_at=moment,
            expires_at=ends,
        )
        for account, token in zip(people, tokens, strict=True)
    )
    base = base_url()
    return [
        (base + _PATHS[accounts.kind_of(account), purpose].format(token), link)
        for account, token, link in zip(people, tokens, made, strict=True)
    ]


def look(kind: str, purpose: Link.Purpose, token: str) -> Link:
    """The link behind a token, as long as it can be followed. Looking uses nothing up. Raises DeadLink."""
    link = (
        Link.objects.select_related("customer", "admin")
        .filter(token_hash=crypto.token_hash(token), purpose=purpose, **{f"{kind}__isnull": False})
        .first()
    )
    if link is None:
        raise DeadLink(Fault.UNKNOWN)
    if link.used_at is not None:
        raise DeadLink(Fault.USED)
    if link.expires_at <= now():
        raise DeadLink(Fault.EXPIRED)
    return link


def use(link: Link) -> None:
    """Use a link up, in the transaction of what it is used for. Of several at once one wins; raises DeadLink."""
    if not Link.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now()).update(used_at=now()):
        raise DeadLink(Fault.USED)


def void(account: Account, *purposes: Link.Purpose) -> None:
    """Make open links of these purposes useless."""
    rows = accounts.of(Link.objects.filter(purpose__in=purposes, used_at=None), account)
    rows.update(used_at=now())


def account_of(link: Link) -> Account:
    """Whose link it is."""
    account = link.customer or link.admin
    assert account is not None
    return account
