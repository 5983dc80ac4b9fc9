"""PostgreSQL's own programs, pointed at our database."""

import os
import shutil

from django.conf import settings
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from keyturn.core.db import postgres_target
from keyturn.core.errors import Refused


def program(name: str) -> str:
    """The path of `pg_dump` or the like. Raises Refused when it is not installed."""
    found = shutil.which(name)
    if found is None:
        raise Refused(f"{name} is missing. Install PostgreSQL's client programs, such as postgresql-client.")
    return found


def target() -> str:
    """The argument that names our database with all its options; the password stays out of `ps`."""
    wanted = {name: value for name, value in conninfo_to_dict(postgres_target()).items() if name != "password"}
    return f"--dbname={make_conninfo('', **wanted)}"


def environment() -> dict[str, str]:
    """The process environment, with the password for libpq."""
    password = settings.DATABASES["default"]["PASSWORD"]
    return {**os.environ, **({"PGPASSWORD": password} if password else {})}
