"""A file and the server come to the same verdict about the same license, device and moment."""

from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from keyturn.licensing.licenses import verification
from keyturn.licensing.licenses.verification import LicenseFacts, Question
from keyturn.licensing.offline import document
from keyturn.licensing.offline.document import Terms
from keyturn_client import PublicKeys
from keyturn_client.offline import Validator
from keyturn_client.state import State
from tests.vectors import keys
from tests.vectors.offline import AT, ENDS, MACHINE, issue

STATUSES = ("available", "assigned", "active", "suspended", "expired", "revoked")
MOMENTS = (AT, ENDS - timedelta(seconds=1), ENDS, ENDS + timedelta(seconds=1), ENDS + timedelta(days=90))


@pytest.mark.django_db
@pytest.mark.spec("OFF-25", "LCY-40")
def test_offline_and_online_agree(tmp_path: Path) -> None:
    keys.store()
    public = PublicKeys.from_pem(keys.public("product-rsa4096"))
    seen = set()
    every = product(STATUSES, (ENDS, None), (MACHINE, ""), (MACHINE, "another"), MOMENTS)
    for number, (status, ends, bound, machine, at) in enumerate(every):
        facts = LicenseFacts(status, False, ends, 3, 1, True, False)
        online = verification.verify(
            Question(
                now=at,
                grace=timedelta(0),
                license=facts,
                identifier=machine if bound else "",
                device_active=machine == bound,
                identifier_optional=not bound,
            )
        )
        terms = Terms(hardware_id=bound, grace_days=0, allow_grace=False, strict_expiry=True)
        made = issue(terms, status=status, expires_at=ends)
        state = State(tmp_path / str(number))
        check = Validator(
            product=keys.PRODUCT, public_keys=public, state=state, hardware_id=machine, now=lambda at=at: at
        ).check(document.text(made))
        assert check.valid == (online is verification.VALID), (status, ends, bound, machine, at, online, check.errors)
        seen.add((online.code, *check.errors))
    assert {code for code, *_ in seen} == {200, 201, 202, 204, 205}
