"""The one-time link that makes the first Super Admin."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.installation import Installation

from keyturn.access.permissions import Role
from keyturn.core.errors import Invalid, Refused
from keyturn.people.admins import setup
from keyturn.people.admins.models import Admin
from keyturn.platform.preferences.models import Preference

pytestmark = pytest.mark.django_db
PERSON = {"name": "Ada", "email": "ada@example.com", "password": "correct horse battery staple"}


def test_token_makes_one_super_admin_and_no_second() -> None:
    token = setup.issue_token()
    assert setup.check(token)
    assert setup.complete(token, **PERSON).role == Role.SUPER_ADMIN
    assert not setup.check(token)
    with pytest.raises(Refused):
        setup.complete(token, **{**PERSON, "email": "eve@example.com"})
    with pytest.raises(Refused):
        setup.issue_token()
    assert Admin.objects.count() == 1


def test_only_the_newest_token_works_and_only_its_hash_is_kept() -> None:
    old, new = setup.issue_token(), setup.issue_token()
    assert not setup.check(old)
    assert setup.check(new)
    assert not setup.check("")
    assert new not in str(list(Preference.objects.values_list("value", flat=True)))


def test_an_invalid_form_leaves_the_token_usable() -> None:
    token = setup.issue_token()
    with pytest.raises(Invalid):
        setup.complete(token, **{**PERSON, "password": "short"})
    assert setup.complete(token, **PERSON).email == "ada@example.com"


def test_of_two_forms_at_once_one_wins(installation: Installation) -> None:
    token = installation.python("from keyturn.people.admins import setup; print(setup.issue_token())")
    code = (
        "from keyturn.people.admins import setup\n"
        "from keyturn.core.errors import Refused\n"
        "try: print(setup.complete({token!r}, name='A', email='{email}', password='correct horse battery'))\n"
        "except Refused: print('refused')"
    )
    codes = [code.format(token=token, email=f"{name}@example.com") for name in ("ada", "eve")]
    with ThreadPoolExecutor() as pool:
        outcomes = sorted(pool.map(installation.python, codes))
    assert outcomes == ["A", "refused"]
