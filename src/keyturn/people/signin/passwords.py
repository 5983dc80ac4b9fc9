"""Who somebody is, by e-mail and password. Answers and effort are the same for known and unknown accounts."""

from django.contrib.auth.hashers import check_password

from keyturn.people.signin import accounts, history, throttling
from keyturn.people.signin.accounts import Account
from keyturn.people.signin.history import Result
from keyturn.people.signin.refusals import SignInRefused
from keyturn.people.signin.sessions import Visitor

_WRONG = "E-mail or password is wrong. Check both and try again."


def authenticate(kind: str, email: str, password: str, visitor: Visitor) -> Account:
    """The person of this kind with this e-mail and password, when his account is open. Raises SignInRefused.

    That an account is closed is told only to who knows its password.
    """
    address = accounts.address_of(email)
    attempt = throttling.admit(kind, address, visitor.ip)
    account = accounts.find(kind, address)
    # An unusable hash costs as much as a real one.
    right = check_password(password, account.password if account else "!")
    if account is None or not right:
        history.refused(kind, account, visitor, Result.WRONG_PASSWORD, paused=attempt.last)
        raise SignInRefused(_WRONG)
    attempt.succeeded()
    if message := accounts.closed(account):
        history.refused(kind, account, visitor, Result.NOT_ACTIVE)
        raise SignInRefused(message)
    return account
