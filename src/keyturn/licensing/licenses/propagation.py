"""How long a revocation takes from its commit to the reads of the gate."""

import logging
import time
from functools import lru_cache, partial
from typing import Final

from django.db import connection, transaction

from keyturn.core import db
from keyturn.licensing.licenses.status import Status
from keyturn.platform.monitoring import instruments

log = logging.getLogger(__name__)
_PATIENCE: Final = 2.0


_connections = lru_cache(maxsize=1)(db.direct)


def measure_after_commit(license_id: int) -> None:
    """Once the running transaction is committed, see when the gate's own connection knows it, and note the time."""
    transaction.on_commit(partial(_measure, license_id), robust=True)


def _measure(license_id: int) -> None:
    if connection.in_atomic_block:
        return  # within a test's transaction nothing is committed
    began = time.perf_counter()
    database = _connections()
    while True:
        rows = database.rows("SELECT status FROM licenses WHERE id = %s", [license_id])
        elapsed = time.perf_counter() - began
        if not rows or rows[0][0] == Status.REVOKED:
            break
        if elapsed > _PATIENCE:
            log.error("A revocation was not visible to the API after %.0f seconds.", _PATIENCE)
            break
        time.sleep(0.005)
    instruments.revocation(elapsed)
