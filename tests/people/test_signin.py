"""Signing in admins: the right person enters, guessing gets slow, answers tell nothing."""

from datetime import timedelta

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.core.errors import Invalid
from keyturn.people.admins import services as admins
from keyturn.people.admins.models import Admin
from keyturn.people.signin import sessions
from keyturn.people.signin.admins import SignInRefused, authenticate
from keyturn.people.signin.models import Failure, Session, SignIn
from keyturn.people.signin.tasks import clean
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs.services import enqueue
from tests.jobs import Work

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def mara(owner: Actor) -> Admin:
    return admins.create(
        owner, name="Mara Lindqvist", email="Mara@Keyturn.example", role="super_admin", password=PASSWORD
    )


def _refused(email: str, password: str, ip: str = "203.0.113.1") -> SignInRefused:
    with pytest.raises(SignInRefused) as refusal:
        authenticate(email, password, ip=ip)
    return refusal.value


def test_the_right_password_signs_in(mara: Admin) -> None:
    assert mara.password.startswith("bcrypt_sha256$")
    assert authenticate(" MARA@keyturn.example", PASSWORD, ip="203.0.113.1") == mara
    assert not AuditEvent.objects.filter(action="admin.signin_failed").exists()


@pytest.mark.spec("PRF-13")
def test_wrong_and_unknown_answer_the_same_and_inactive_is_told_to_who_knows_the_password(mara: Admin) -> None:
    wrong = _refused("mara@keyturn.example", "x").message
    assert _refused("nobody@keyturn.example", PASSWORD).message == wrong
    Admin.objects.update(is_active=False)
    assert _refused("mara@keyturn.example", "x").message == wrong
    assert "not active" in _refused("mara@keyturn.example", PASSWORD).message


def test_guessing_an_account_gets_slower_and_slower(mara: Admin) -> None:
    start = clock.now()
    for n in range(5):
        assert not _refused("mara@keyturn.example", "guess", ip=f"203.0.113.{n}").wait
    first = _refused("mara@keyturn.example", PASSWORD, ip="203.0.113.9").wait
    assert timedelta() < first <= timedelta(seconds=30)
    with clock.fixed(start + timedelta(seconds=40)):
        assert not _refused("mara@keyturn.example", "guess").wait
        assert _refused("mara@keyturn.example", PASSWORD).wait > timedelta(seconds=50)
    with clock.fixed(start + timedelta(minutes=20)):
        assert authenticate("mara@keyturn.example", PASSWORD, ip="203.0.113.9") == mara


def test_guessing_many_accounts_from_one_address_is_stopped(mara: Admin) -> None:
    for n in range(50):
        _refused(f"guess{n}@keyturn.example", "x")
    assert _refused("mara@keyturn.example", PASSWORD).wait
    assert authenticate("mara@keyturn.example", PASSWORD, ip="198.51.100.7") == mara


def test_success_clears_the_count(mara: Admin) -> None:
    for _ in range(4):
        _refused("mara@keyturn.example", "x")
    authenticate("mara@keyturn.example", PASSWORD, ip="203.0.113.1")
    for _ in range(4):
        assert not _refused("mara@keyturn.example", "x").wait


def test_what_no_longer_counts_is_forgotten(mara: Admin, work: Work) -> None:
    _refused("mara@keyturn.example", "x")
    sessions.begin(mara, "password", sessions.Visitor())
    with clock.fixed(clock.now() + timedelta(hours=2)):
        enqueue(clean)
        assert work() == 1
        assert (Failure.objects.count(), Session.objects.count()) == (0, 1)
    with clock.fixed(clock.now() + timedelta(days=31)):
        enqueue(clean)
        assert work() == 1
        assert (Session.objects.count(), SignIn.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", {"name": " "}),
        ("email", {"email": "mara"}),
        ("role", {"role": "root"}),
        ("password", {"password": "short"}),
        ("password", {"password": "password123"}),
    ],
)
def test_bad_values_name_their_field(field: str, values: dict[str, str], owner: Actor) -> None:
    given = {"name": "Mara", "email": "mara@keyturn.example", "role": "admin", "password": PASSWORD} | values
    with pytest.raises(Invalid) as refusal:
        admins.create(owner, **given)
    assert list(refusal.value.errors) == [field]
    assert not Admin.objects.exists()


def test_an_address_belongs_to_one_admin(mara: Admin, owner: Actor) -> None:
    with pytest.raises(Invalid, match="exists already"):
        admins.create(owner, name="Mara", email="MARA@keyturn.example", role="admin", password=PASSWORD)
