"""PostgreSQL's own programs, pointed at our database."""

import os
import shutil

from django.db import connection

from keyturn.core.errors import Refused


def program(name: str) -> str:
    """The path of `pg_dump` or the like. Raises Refused when it is not installed."""
    found = shutil.which(name)
    if found is None:
        raise Refused(f"{name} is missing. Install PostgreSQL's client programs, such as postgresql-client.")
    return found


def environment() -> dict[str, str]:
    """The process environment with libpq's variables for our database; the password stays out of `ps`."""
    given = connection.settings_dict
    values = {
        "PGHOST": given["HOST"],
        "PGPORT": given["PORT"],
        "PGUSER": given["USER"],
        "PGPASSWORD": given["PASSWORD"],
        "PGDATABASE": given["NAME"],
    }
    return {**os.environ, **{name: str(value) for name, value in values.items() if value}}
