"""The second factor of a customer: turning it on, signing in by it, recovery, turning it off."""

import re
from datetime import timedelta

import pyotp
import pytest
from django.test import Client

from keyturn.core import clock
from keyturn.people.customers.models import Customer
from keyturn.people.signin import links, second_factor
from keyturn.people.signin.links import Purpose
from keyturn.people.signin.models import Authenticator, RecoveryCode, Session, SignIn
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.mail.models import Message
from tests.portals.client.conftest import CUSTOMER_PASSWORD
from tests.portals.conftest import VisitOf

pytestmark = pytest.mark.django_db
HOME, LOGIN, CODE = "/customer/dashboard", "/customer/login", "/customer/login/code"
SET_UP = "/customer/profile/two-factor/set-up"


def _code(customer: Customer, steps: int = 0) -> str:
    """What the app shows, so many steps from now."""
    enrolled = Authenticator.objects.get(customer=customer)
    sealed = enrolled.sealed_secret or enrolled.sealed_next
    secret = second_factor.crypto.unseal(sealed).decode()
    return pyotp.TOTP(secret).at(int(clock.now().timestamp()) + 30 * steps)


@pytest.fixture
def codes(john: Customer, visit_of: VisitOf) -> list[str]:
    """John turned it on two minutes ago, on the page; his recovery codes."""
    client = visit_of(john)
    with clock.fixed(clock.now() - timedelta(minutes=2)):
        client.post(SET_UP)
        page = client.post(SET_UP, {"code": _code(john)}).content.decode()
    return re.findall(r"<li>([\w-]{14})</li>", page)


def _password(john: Customer) -> Client:
    """A browser in which the first step is done."""
    client = Client()
    answer = client.post(f"{LOGIN}?next=/customer/dashboard?a=1", {"email": john.email, "password": CUSTOMER_PASSWORD})
    assert answer["Location"] == f"{CODE}?next=%2Fcustomer%2Fdashboard%3Fa%3D1"
    return client


@pytest.mark.spec("CUS-30")
def test_an_app_is_enrolled_by_qr_code_and_recovery_codes_are_shown_once(john: Customer, visit_of: VisitOf) -> None:
    client = visit_of(john)
    assert "You need an authenticator app" in client.get("/customer/profile/two-factor").content.decode()
    page = client.post(SET_UP).content.decode()
    assert '<path d="M4 4h1' in page
    secret = second_factor.enrol(john).secret
    assert secret in page
    uri = pyotp.parse_uri(second_factor.enrol(john).uri)
    assert (uri.name, uri.issuer) == (john.email, "Keyturn")
    wrong = client.post(SET_UP, {"code": "000000"})
    assert wrong.status_code == 422
    assert secret in wrong.content.decode()
    assert not second_factor.is_on(john)
    done = client.post(SET_UP, {"code": f" {_code(john)[:3]} {_code(john)[3:]} "}).content.decode()
    codes = re.findall(r"<li>([\w-]{14})</li>", done)
    assert len(set(codes)) == 10
    assert not any(code in row.code_hash + row.sealed for row in RecoveryCode.objects.all() for code in codes)
    assert codes[0] not in client.get("/customer/profile/two-factor").content.decode()
    john.refresh_from_db()
    assert john.totp_enabled_at is not None
    assert AuditEvent.objects.filter(action="customer.totp_enabled", customer_uuid=john.uuid).exists()
    assert Message.objects.filter(template="two-factor-enabled").exists()


@pytest.mark.spec("CUS-30")
@pytest.mark.usefixtures("codes")
@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_counts_one_step_early_or_late(steps: int, right: bool, john: Customer) -> None:
    client = _password(john)
    with clock.fixed(clock.now().replace(second=15)):
        assert client.get(HOME).status_code == 302
        answer = client.post(CODE, {"code": _code(john, steps)})
        assert (answer.status_code == 302) is right
        assert (client.get(HOME).status_code == 200) is right


@pytest.mark.spec("CUS-30")
@pytest.mark.usefixtures("codes")
def test_a_code_that_was_used_is_refused(john: Customer) -> None:
    with clock.fixed(clock.now().replace(second=15)):
        first, second = _password(john), _password(john)
        code, before = _code(john), _code(john, -1)
        assert first.post(CODE, {"code": code}).status_code == 302
        for late in (code, before):
            assert "This code is not right" in second.post(CODE, {"code": late}).content.decode()
        assert second.get(HOME).status_code == 302
        assert SignIn.objects.filter(result="code").count() == 2


@pytest.mark.spec("CUS-30")
def test_a_recovery_code_lets_in_once(john: Customer, codes: list[str]) -> None:
    client = _password(john)
    assert "Enter a recovery code" in client.get(f"{CODE}?recovery").content.decode()
    assert client.post(CODE, {"code": codes[3].lower().replace("-", " ")}).status_code == 302
    assert "9 recovery codes left" in client.get(HOME).content.decode()
    assert _password(john).post(CODE, {"code": codes[3]}).status_code == 200
    assert AuditEvent.objects.filter(action="customer.recovery_code_used").count() == 1


@pytest.mark.usefixtures("codes")
def test_the_identifier_rotates_at_each_step_and_the_first_opens_nothing(john: Customer) -> None:
    client = _password(john)
    waiting = client.cookies["keyturn_customer"].value
    client.post(CODE, {"code": _code(john)})
    assert client.cookies["keyturn_customer"].value != waiting
    client.cookies["keyturn_customer"] = waiting
    assert client.get(HOME).status_code == 302
    assert client.get(CODE).status_code == 302
    with clock.fixed(clock.now() + timedelta(minutes=11)):
        late = _password(john)
    with clock.fixed(clock.now() + timedelta(minutes=22)):
        assert late.get(CODE).status_code == 302


@pytest.mark.spec("CUS-31")
@pytest.mark.usefixtures("codes")
def test_guessing_codes_is_slowed_across_sessions(john: Customer) -> None:
    for number in range(5):
        assert _password(john).post(CODE, {"code": f"{number:06}"}).status_code == 200
    assert _password(john).post(CODE, {"code": _code(john)}).status_code == 429


@pytest.mark.spec("CUS-30")
@pytest.mark.usefixtures("codes")
@pytest.mark.parametrize("purpose", [Purpose.SIGN_IN, Purpose.RESET, Purpose.INVITATION])
def test_no_link_goes_round_the_second_factor(purpose: Purpose, john: Customer) -> None:
    client, address = Client(), links.issue(john, purpose)[0]
    new = {"password": "Another-Harbour 7", "again": "Another-Harbour 7"}
    answer = client.post(address[address.index("/customer") :], new)
    assert answer["Location"].startswith(CODE)
    assert client.get(HOME).status_code == 302
    assert client.post(CODE, {"code": _code(john)}).status_code == 302
    assert client.get(HOME).status_code == 200


def test_it_is_turned_off_and_codes_are_renewed_by_a_code_alone(
    john: Customer, codes: list[str], visit_of: VisitOf
) -> None:
    client, page = visit_of(john), "/customer/profile/two-factor"
    assert "10 recovery codes left" in client.get(page).content.decode()
    for action in ("codes", "off"):
        assert client.post(f"{page}/{action}", {"code": "000000"}).status_code == 422
        assert client.post(f"{page}/{action}", {}).status_code == 422
    shown = client.post(f"{page}/codes", {"code": codes[0]}).content.decode()
    fresh = re.findall(r"<li>([\w-]{14})</li>", shown)
    assert not set(fresh) & set(codes)
    assert second_factor.accept(john, codes[1], ip="") == ""
    assert client.post(f"{page}/off", {"code": fresh[0]})["Location"] == page
    assert not second_factor.is_on(john)
    assert not RecoveryCode.objects.exists()
    john.refresh_from_db()
    assert john.totp_enabled_at is None
    assert Client().post(LOGIN, {"email": john.email, "password": CUSTOMER_PASSWORD})["Location"] == HOME
    events = set(AuditEvent.objects.filter(customer_uuid=john.uuid).values_list("action", flat=True))
    assert {"customer.recovery_codes_created", "customer.totp_disabled"} <= events


@pytest.mark.spec("CUS-40")
def test_an_admin_who_looks_on_never_sees_it(john: Customer, visit_of: VisitOf, admin_of: object) -> None:
    client = visit_of(john)
    Session.objects.update(viewer=admin_of("admin"))  # type: ignore[operator]
    for page in ("/customer/profile/two-factor", SET_UP):
        assert client.get(page).status_code == 403
